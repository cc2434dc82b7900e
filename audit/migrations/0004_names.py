"""Finds people in the log by any part of their name, whatever the accents.

Row-level security keeps PostgreSQL from using a trigram index for an operator that could leak, LIKE
among them: so the question is asked by a function of the tables' owner, which has the wall inside.
"""

from django.contrib.postgres.operations import (
    BtreeGinExtension,
    TrigramExtension,
    UnaccentExtension,
)
from django.db import migrations

from isolation.operations import SCOPE

# Names without accents and in lower case; hyphens and apostrophes part words, and a space stands
# before the first, so that the beginning of a word can be asked for.
FOLD = """
CREATE FUNCTION visio_words(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ' ' || translate(lower(public.unaccent('public.unaccent', value)), '-''’._', '     ')
$$;
"""

# The tenant stands in the index as well: other ministries' Martins cost nothing.
INDEX = """
CREATE INDEX event_by_name ON audit_event USING gin (
    tenant_id, visio_words(actor_name) gin_trgm_ops, visio_words(subject_name) gin_trgm_ops
)
"""

# Every other criterion is an argument, so that with `most` PostgreSQL can choose between the names'
# index and reading backwards in time until enough is found. Null: not asked for.
NAMING = r"""
CREATE FUNCTION visio_events_naming(
    words text[], kinds text[], result text, meetings uuid[], since timestamptz, until timestamptz,
    edge_at timestamptz, edge_id uuid, newer boolean, most integer
) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenant uuid := {scope};
    patterns text[] := ARRAY(
        -- One or two letters are looked for where words begin: trigrams know nothing shorter.
        SELECT CASE WHEN length(folded) < 3 THEN '% ' ELSE '%' END
            || regexp_replace(folded, '([\\%_])', '\\\1', 'g') || '%'
        FROM unnest(words) AS word, LATERAL trim(visio_words(word)) AS folded
        WHERE folded <> ''
    );
    actor text := 'true';
    subject text := 'true';
    question text := 'SELECT id FROM audit_event WHERE tenant_id = $1';
BEGIN
    IF tenant IS NULL OR cardinality(patterns) = 0 THEN
        RETURN;
    END IF;
    FOR place IN 1 .. cardinality(patterns) LOOP
        actor := actor || format(' AND visio_words(actor_name) LIKE $2[%s]', place);
        subject := subject || format(' AND visio_words(subject_name) LIKE $2[%s]', place);
    END LOOP;
    question := question || format(' AND ((%s) OR (%s))', actor, subject);
    IF kinds IS NOT NULL THEN question := question || ' AND kind = ANY ($3)'; END IF;
    IF result IS NOT NULL THEN question := question || ' AND outcome = $4'; END IF;
    IF meetings IS NOT NULL THEN question := question || ' AND meeting_id = ANY ($5)'; END IF;
    IF since IS NOT NULL THEN question := question || ' AND at >= $6'; END IF;
    IF until IS NOT NULL THEN question := question || ' AND at < $7'; END IF;
    IF edge_at IS NOT NULL THEN
        question := question || CASE WHEN newer THEN ' AND (at, id) > ($8, $9)'
                                     ELSE ' AND (at, id) < ($8, $9)' END;
    END IF;
    IF most IS NOT NULL THEN
        question := question || CASE WHEN newer THEN ' ORDER BY at, id'
                                     ELSE ' ORDER BY at DESC, id DESC' END || ' LIMIT $10';
    END IF;
    RETURN QUERY EXECUTE question
        USING tenant, patterns, kinds, result, meetings, since, until, edge_at, edge_id, most;
END
$$;
""".replace("{scope}", SCOPE)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_search")]

    operations = [
        BtreeGinExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(FOLD, "DROP FUNCTION visio_words(text)"),
        migrations.RunSQL(INDEX, "DROP INDEX event_by_name"),
        migrations.RunSQL(
            NAMING,
            "DROP FUNCTION visio_events_naming(text[], text[], text, uuid[], timestamptz, "
            "timestamptz, timestamptz, uuid, boolean, integer)",
        ),
    ]
