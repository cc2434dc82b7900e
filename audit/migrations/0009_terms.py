"""One index for every question to the log, alone or with others: docs/decisions/2026-11-25-log-search.md.

Row-level security keeps PostgreSQL from using such an index for the application's role: so a function
of the tables' owner asks it, which has the wall inside and answers ids of one tenant.
"""

from importlib import import_module

from django.db import migrations

from isolation.operations import SCOPE

# The words of a text: without accents, in lower case, parted by everything that is no letter and no
# digit. An id is one word, with its hyphens or without.
SAID = r"""
CREATE FUNCTION visio_said(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF length(value) >= 36 AND strpos(value, '-') > 0 THEN
        value := regexp_replace(value,
            '\m([[:xdigit:]]{8})-([[:xdigit:]]{4})-([[:xdigit:]]{4})-([[:xdigit:]]{4})-([[:xdigit:]]{12})\M',
            '\1\2\3\4\5', 'g');
    END IF;
    RETURN translate(lower(public.unaccent('public.unaccent', value)),
        '-''’._,;:!?()[]{}<>"/\@#$%&*+=|~^`' || E'\t\n\r',
        '                                     ');
END
$$;
"""

# What an event can be found by, as numbers. Each stands for a term, in one tenant, in some thirty days
# (the upper sixteen bits): so nothing of other tenants is read, and time is walked through backwards.
# Terms: the words of what it says, of its names and ids; and, with a sign that no word has, « k= » its
# kind, « o= » its outcome, « n= » its address and the networks around it, « = » each three letters of
# a name, where « ~ » stands for where a word begins or ends.
TERMS = r"""
CREATE FUNCTION visio_terms(place bigint, tenant uuid, terms text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT place << 48
            | hashtextextended(term, uuid_hash_extended(tenant, place)) & 281474976710655
        FROM unnest(string_to_array(terms, ' ')) AS term WHERE term <> ''
    )
$$;
CREATE FUNCTION visio_place(at timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (((at AT TIME ZONE 'UTC')::date - date '2000-01-01') / 30)::bigint
$$;
CREATE FUNCTION visio_letters(folded text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ' =' || replace(
        translate(array_to_string(public.show_trgm(folded), E'\x01'), ' ', '~'), E'\x01', ' =')
$$;
CREATE FUNCTION visio_event_terms(
    tenant_id uuid, at timestamptz, kind text, outcome text, actor_id text, actor_name text,
    on_behalf_of text, subject_id text, subject_name text, meeting_id uuid, request_id text,
    origin inet, payload jsonb
) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    place bigint := (((at AT TIME ZONE 'UTC')::date - date '2000-01-01') / 30)::bigint;
    seed bigint := uuid_hash_extended(tenant_id, place);
    names text;
    said text;
    terms text := 'k=' || kind || ' o=' || outcome || ' ' || request_id
        || ' ' || replace(actor_id, '-', '') || ' ' || replace(subject_id, '-', '')
        || ' ' || replace(on_behalf_of, '-', '');
BEGIN
    IF actor_name <> '' OR subject_name <> '' THEN
        names := CASE WHEN subject_name = '' OR subject_name = actor_name THEN actor_name
                      ELSE actor_name || ' ' || subject_name END;
        names := public.visio_words(names);
        terms := terms || public.visio_letters(names) || ' ' || public.visio_said(names);
    END IF;
    IF payload <> '{}' THEN
        -- What stands far behind in a text of hostile length is not looked for.
        said := left(jsonb_path_query_array(payload,
            'strict $.** ? (@.type() == "string" || @.type() == "number")')::text, 4000);
        IF strpos(said, '\') > 0 THEN
            said := regexp_replace(said, '\\(u[[:xdigit:]]{4}|.)', ' ', 'g');
        END IF;
        terms := terms || ' ' || public.visio_said(said);
    END IF;
    IF meeting_id IS NOT NULL THEN
        terms := terms || ' ' || replace(meeting_id::text, '-', '');
    END IF;
    IF family(origin) = 4 THEN
        terms := terms || ' n=' || network(set_masklen(origin, 16))
            || ' n=' || network(set_masklen(origin, 24)) || ' n=' || network(origin);
    ELSIF family(origin) = 6 THEN
        terms := terms || ' n=' || network(set_masklen(origin, 32))
            || ' n=' || network(set_masklen(origin, 48))
            || ' n=' || network(set_masklen(origin, 64)) || ' n=' || network(origin);
    END IF;
    -- As visio_terms: to call it would cost more than what it does.
    RETURN ARRAY(
        SELECT place << 48 | hashtextextended(term, seed) & 281474976710655
        FROM unnest(string_to_array(terms, ' ')) AS term WHERE term <> ''
    );
END
$$;
-- Whoever writes a row computes what it is found by.
GRANT EXECUTE ON FUNCTION visio_said(text), visio_letters(text), visio_event_terms(
    uuid, timestamptz, text, text, text, text, text, text, text, uuid, text, inet, jsonb
) TO visio_keeper;
"""

EVENT_TERMS = (
    "visio_event_terms(tenant_id, at, kind, outcome, actor_id, actor_name, on_behalf_of, subject_id,"
    " subject_name, meeting_id, request_id, origin, payload)"
)

# What is added waits in the index's own list, which costs an act little, and is sorted in by
# visio_settle_terms: a list that is longer than this (KiB) would be sorted in by whose act comes next.
INDEX = f"""
CREATE INDEX event_by_terms ON audit_event USING gin ({EVENT_TERMS})
    WITH (fastupdate = on, gin_pending_list_limit = 65536);
-- No plan depends on how frequent they are.
ALTER INDEX event_by_terms ALTER COLUMN 1 SET STATISTICS 0;
CREATE FUNCTION visio_settle_terms() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT gin_clean_pending_list('public.event_by_terms')
$$;
"""

# Reads the newest events first, which is all there is to do for what is frequent; then the index, thirty
# days after thirty days, until enough is found. What the index answers is compared again: names in
# full, of one person and not of two. Null: not asked for. `networks` are those by which `network` is
# found: they hold all of it. OFFSET 0 keeps the planner from any other way.
MATCHING = r"""
CREATE FUNCTION visio_events_matching(
    words text[], said text, people uuid[], kinds text[], result text, meetings uuid[],
    network inet, networks inet[], since timestamptz, until timestamptz,
    edge_at timestamptz, edge_id uuid, newer boolean, most integer
) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = public, pg_temp SET enable_seqscan = off SET jit = off SET work_mem = '32MB' AS $$
DECLARE
    tenant uuid := {scope};
    patterns text[];
    ids text[] := people::text[];
    span text := 'tenant_id = $1';
    fits text := 'tenant_id = $1';
    named text;
    required text := '';
    some_of text[] := '{}';
    order_by text := CASE WHEN newer THEN 'at, id' ELSE 'at DESC, id DESC' END;
    nearby int := 1000;
    nearest uuid[] := '{}';
    frontier timestamptz;
    first bigint;
    last bigint;
    met text[];
    met_first bigint[];
    met_last bigint[];
    places text := 'generate_series($17, $18, $19) AS place (place)';
    index_fits text;
    question text;
BEGIN
    IF tenant IS NULL OR cardinality(meetings) = 0 THEN
        RETURN;
    END IF;
    IF meetings IS NOT NULL THEN
        -- A meeting is soon over: what is before and after it need not be read.
        SELECT greatest(since, min(first_of.at)), least(until, max(last_of.at) + interval '1 microsecond'),
            array_agg(replace(meeting::text, '-', '')), array_agg(visio_place(first_of.at)),
            array_agg(visio_place(last_of.at))
        INTO since, until, met, met_first, met_last
        FROM unnest(meetings) AS meeting,
            LATERAL (SELECT at FROM audit_event WHERE tenant_id = tenant AND meeting_id = meeting
                     ORDER BY at LIMIT 1) AS first_of,
            LATERAL (SELECT at FROM audit_event WHERE tenant_id = tenant AND meeting_id = meeting
                     ORDER BY at DESC LIMIT 1) AS last_of
        HAVING count(*) > 0;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    -- One limit on each side: of two PostgreSQL may begin at the farther.
    IF newer AND edge_at >= since THEN since := NULL; END IF;
    IF newer AND edge_at < since OR NOT newer AND edge_at >= until THEN edge_at := NULL; END IF;
    IF NOT newer AND edge_at < until THEN until := NULL; END IF;
    IF since IS NOT NULL THEN span := span || ' AND at >= $9'; END IF;
    IF until IS NOT NULL THEN span := span || ' AND at < $10'; END IF;
    IF edge_at IS NOT NULL THEN
        span := span || CASE WHEN newer THEN ' AND (at, id) > ($11, $12)'
                             ELSE ' AND (at, id) < ($11, $12)' END;
    END IF;
    IF kinds IS NOT NULL THEN
        fits := fits || ' AND kind = ANY ($4)';
        some_of := some_of || (SELECT string_agg('k=' || kind, ' ') FROM unnest(kinds) AS kind);
    END IF;
    IF result IS NOT NULL THEN
        fits := fits || ' AND outcome = $5';
        required := required || ' o=' || result;
    END IF;
    IF meetings IS NOT NULL THEN
        fits := fits || ' AND meeting_id = ANY ($6)';
        -- Of many meetings, those that were in these thirty days.
        places := '(SELECT * FROM (
            SELECT place, (
                SELECT string_agg(term, '' '') FROM unnest($20, $21, $22) AS met (term, first, last)
                WHERE place BETWEEN first AND last
            ) AS met FROM ' || places || ' OFFSET 0
        ) AS place WHERE met IS NOT NULL OFFSET 0) AS place';
    END IF;
    IF people IS NOT NULL THEN
        fits := fits || ' AND (actor_id = ANY ($3) OR subject_id = ANY ($3) OR on_behalf_of = ANY ($3))';
        some_of := some_of || (SELECT string_agg(replace(id, '-', ''), ' ') FROM unnest(ids) AS id);
    END IF;
    IF network IS NOT NULL THEN
        fits := fits || ' AND origin <<= $7';
        IF cardinality(networks) > 0 THEN
            some_of := some_of || (SELECT string_agg('n=' || network(each), ' ') FROM unnest(networks) AS each);
        END IF;
    END IF;
    IF words IS NOT NULL THEN
        patterns := ARRAY(
            -- One or two letters are looked for where words begin.
            SELECT CASE WHEN length(folded) < 3 THEN '% ' ELSE '%' END
                || regexp_replace(folded, '([\\%_])', '\\\1', 'g') || '%'
            FROM unnest(words) AS word, LATERAL trim(visio_words(word)) AS folded
            WHERE folded <> ''
        );
        IF cardinality(patterns) = 0 THEN
            RETURN;
        END IF;
        named := (
            SELECT '((' || string_agg(format('visio_words(actor_name) LIKE $2[%s]', place), ' AND ')
                || ') OR (' || string_agg(format('visio_words(subject_name) LIKE $2[%s]', place), ' AND ') || '))'
            FROM generate_series(1, cardinality(patterns)) AS place
        );
        -- The letters that every text has in which the word stands, whatever stands around it.
        required := required || ' ' || coalesce((
            SELECT string_agg('=' || translate(letters, ' ', '~'), ' ')
            FROM unnest(words) AS word, LATERAL trim(visio_words(word)) AS folded,
                LATERAL (SELECT CASE WHEN length(folded) < 3 THEN '' ELSE 'q' END AS q,
                                CASE WHEN length(folded) < 3 THEN '' ELSE '7' END AS n) AS before,
                LATERAL (
                    SELECT unnest(show_trgm(q || folded || 'q'))
                    INTERSECT SELECT unnest(show_trgm(n || folded || '7'))
                ) AS common (letters)
        ), '');
    END IF;
    IF said IS NOT NULL THEN
        said := visio_said(said);
        IF trim(said) = '' THEN
            RETURN;
        END IF;
        required := required || ' ' || said;
        nearby := 300;
    END IF;
    index_fits := array_to_string(
        CASE WHEN trim(required) <> '' THEN ARRAY['{terms} @> visio_terms(place.place, $1, $13)'] ELSE '{}' END
        || ARRAY(SELECT format('{terms} && visio_terms(place.place, $1, $14[%s])', n)
                 FROM generate_series(1, cardinality(some_of)) AS n)
        || CASE WHEN met IS NULL THEN '{}'
                ELSE ARRAY['{terms} && visio_terms(place.place, $1, place.met)'] END, ' AND ');

    question := 'SELECT id FROM (SELECT * FROM audit_event WHERE ' || span || ' ORDER BY ' || order_by
        || CASE WHEN most IS NULL OR index_fits = '' THEN ' OFFSET 0' ELSE ' LIMIT ' || nearby END
        || ') AS event WHERE ' || fits
        || CASE WHEN said IS NULL THEN ''
                ELSE ' AND {terms} @> visio_terms(visio_place(at), $1, $8)' END
        || coalesce(' AND ' || named, '') || coalesce(' LIMIT ' || most, '');
    IF index_fits = '' THEN
        RETURN QUERY EXECUTE question USING tenant, patterns, ids, kinds, result, meetings, network,
            said, since, until, edge_at, edge_id;
        RETURN;
    END IF;
    IF most IS NOT NULL THEN
        EXECUTE 'SELECT array_agg(id) FROM (' || question || ')' INTO nearest
            USING tenant, patterns, ids, kinds, result, meetings, network,
                said, since, until, edge_at, edge_id;
        nearest := coalesce(nearest, '{}');
        RETURN QUERY SELECT unnest(nearest);
        IF cardinality(nearest) = most THEN
            RETURN;
        END IF;
        -- Where it ended; nothing lies beyond where it read everything.
        EXECUTE 'SELECT at FROM audit_event WHERE ' || span || ' ORDER BY ' || order_by
            || ' OFFSET ' || nearby - 1 || ' LIMIT 1' INTO frontier
            USING tenant, patterns, ids, kinds, result, meetings, network,
                said, since, until, edge_at, edge_id;
        IF frontier IS NULL THEN
            RETURN;
        END IF;
        span := span || CASE WHEN newer THEN ' AND at >= $15' ELSE ' AND at <= $15' END
            || ' AND id <> ALL ($16)';
    END IF;
    first := visio_place(greatest(since, (SELECT min(at) FROM audit_event WHERE tenant_id = tenant),
                                  CASE WHEN newer THEN coalesce(frontier, edge_at) END));
    last := visio_place(least(until, (SELECT max(at) FROM audit_event WHERE tenant_id = tenant),
                              CASE WHEN NOT newer THEN coalesce(frontier, edge_at) END));
    IF first IS NULL OR last IS NULL THEN
        RETURN;
    END IF;
    question := 'SELECT * FROM (SELECT * FROM audit_event WHERE ' || index_fits
        || ' OFFSET 0) AS event WHERE ' || span || ' AND ' || fits || ' ORDER BY ' || order_by;
    IF named IS NOT NULL THEN
        -- To compare names costs more than to sort.
        question := 'SELECT id FROM (' || question || ' OFFSET 0) AS event WHERE ' || named;
    END IF;
    RETURN QUERY EXECUTE 'SELECT found.id FROM ' || places || ', LATERAL ('
        || question || coalesce(' LIMIT ' || most, '') || ') AS found'
        || coalesce(' LIMIT ' || most - cardinality(nearest), '')
        USING tenant, patterns, ids, kinds, result, meetings, network, said, since, until,
            edge_at, edge_id, required, some_of, frontier, nearest,
            CASE WHEN newer THEN first ELSE last END, CASE WHEN newer THEN last ELSE first END,
            CASE WHEN newer THEN 1::bigint ELSE -1 END, met, met_first, met_last;
END
$$;
GRANT EXECUTE ON FUNCTION visio_events_matching(
    text[], text, uuid[], text[], text, uuid[], inet, inet[], timestamptz, timestamptz,
    timestamptz, uuid, boolean, integer
) TO visio_keeper;
""".replace("{scope}", SCOPE).replace("{terms}", EVENT_TERMS)

# What terms answer now.
SUPERFLUOUS = """
DROP INDEX event_by_name;
DROP FUNCTION visio_events_naming(
    text[], text[], text, uuid[], timestamptz, timestamptz, timestamptz, uuid, boolean, integer
);
"""


NO_TERMS = """
DROP FUNCTION visio_event_terms(
    uuid, timestamptz, text, text, text, text, text, text, text, uuid, text, inet, jsonb
);
DROP FUNCTION visio_letters(text);
DROP FUNCTION visio_place(timestamptz);
DROP FUNCTION visio_terms(bigint, uuid, text);
DROP FUNCTION visio_said(text);
"""
NOT_MATCHING = """
DROP FUNCTION visio_events_matching(
    text[], text, uuid[], text[], text, uuid[], inet, inet[], timestamptz, timestamptz,
    timestamptz, uuid, boolean, integer
);
"""
NAMES = import_module("audit.migrations.0004_names")


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_outside")]

    operations = [
        migrations.RunSQL(SAID + TERMS, NO_TERMS),
        migrations.RunSQL(INDEX, "DROP INDEX event_by_terms; DROP FUNCTION visio_settle_terms()"),
        migrations.RunSQL(MATCHING, NOT_MATCHING),
        migrations.RunSQL(SUPERFLUOUS, NAMES.INDEX + ";" + NAMES.NAMING),
        *(
            migrations.RemoveIndex(model_name="event", name=f"event_by_{name}")
            for name in ("outcome", "actor", "subject")
        ),
    ]
