"""What the database itself refuses: roles, row-level security, the append-only log."""

from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from audit.models import Event
from isolation.models import TenantOwned
from isolation.operations import AppendOnly
from visio.anssi_check.answers import Answer, failed, passed, passed_unless
from visio.anssi_check.installation import Installation

ATTRIBUTES = {
    "SUPERUSER": "rolsuper",
    "BYPASSRLS": "rolbypassrls",
    "CREATEROLE": "rolcreaterole",
    "CREATEDB": "rolcreatedb",
    "REPLICATION": "rolreplication",
}


def attributes(look: Installation) -> Answer:
    """The application's role can neither lift the walls nor make others."""
    columns = ", ".join(ATTRIBUTES.values())
    [found] = look.rows(f"SELECT {columns} FROM pg_roles WHERE rolname = %s", [look.role])  # noqa: S608  our own names
    return passed_unless(name for name, has in zip(ATTRIBUTES, found, strict=True) if has)


def ownership(look: Installation) -> Answer:
    """It owns nothing, in any database, and may not make anything in the schema."""
    sql = """
        SELECT (SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND
                refclassid = 'pg_authid'::regclass AND refobjid = oid),
               has_schema_privilege(oid, 'public', 'CREATE')
        FROM pg_roles WHERE rolname = %s
    """
    [(owned, creates)] = look.rows(sql, [look.role])
    if owned:
        return failed(_("Ce rôle possède des objets : %(count)s.") % {"count": owned})
    return failed(_("Ce rôle peut créer dans le schéma.")) if creates else passed()


def memberships(look: Installation) -> Answer:
    """Nor does it belong to a role that could: the owner, the keeper, one without walls."""
    sql = """
        SELECT other.rolname FROM pg_roles mine, pg_roles other
        WHERE mine.rolname = %(role)s AND other.oid <> mine.oid
          AND pg_has_role(mine.oid, other.oid, 'MEMBER')
          AND (other.rolsuper OR other.rolbypassrls OR other.rolname = ANY (%(others)s) OR EXISTS (
               SELECT 1 FROM pg_class
               WHERE relowner = other.oid AND relnamespace = 'public'::regnamespace))
    """
    others = [base["USER"] for name, base in settings.DATABASES.items() if name != "default"]
    if look.role in others:
        return failed(look.role)
    found = look.rows(sql, {"role": look.role, "others": others})
    return passed_unless(name for (name,) in found)


def tenant_tables(look: Installation) -> set[str]:
    """Every table that carries a tenant, whoever made it, but for those of global models."""
    global_ones = {
        model._meta.db_table for model in apps.get_models() if not issubclass(model, TenantOwned)
    }
    sql = """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND a.attname = 'tenant_id' AND NOT a.attisdropped
    """
    owned = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantOwned)}
    return owned | {name for (name,) in look.rows(sql)} - global_ones


def row_level_security(look: Installation) -> Answer:
    """Switched on for each, with policies that know nothing but the open tenant."""
    sql = """
        SELECT c.relname, c.relrowsecurity,
               count(p.oid) FILTER (WHERE p.polpermissive),
               coalesce(bool_and(
                   coalesce(pg_get_expr(p.polqual, p.polrelid), 'visio.tenant') LIKE '%%visio.tenant%%'
                   AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'visio.tenant')
                       LIKE '%%visio.tenant%%'
                   AND (p.polqual IS NOT NULL OR p.polwithcheck IS NOT NULL)
               ) FILTER (WHERE p.polpermissive), false)
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
             AND (p.polroles = '{0}' OR (SELECT oid FROM pg_roles WHERE rolname = %(role)s)
                  = ANY (p.polroles))
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%(tables)s)
        GROUP BY c.oid
    """
    tables = tenant_tables(look)
    found = look.rows(sql, {"tables": list(tables), "role": look.role})
    guarded = {name for name, on, policies, by_tenant in found if on and policies and by_tenant}
    told = _("%(count)s tables") % {"count": len(tables)}
    return passed_unless(tables - guarded, told)


def outside_any_tenant(look: Installation) -> Answer:
    """Really looks, in nobody's name: there must be nothing to see."""
    readable = (
        "SELECT name FROM unnest(%(tables)s::text[]) AS name "
        "WHERE has_table_privilege(%(role)s, quote_ident(name), 'SELECT')"
    )
    tables = look.rows(readable, {"tables": sorted(tenant_tables(look)), "role": look.role})
    looks = (
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")"  # noqa: S608  PostgreSQL's own names
        for (table,) in tables
    )
    return passed_unless(name for (name,) in look.rows(" UNION ALL ".join(looks)))


def append_only_tables() -> list[str]:
    """Those that a migration has declared so."""
    found = set()
    for (app, _name), migration in MigrationLoader(None).disk_migrations.items():
        for operation in migration.operations:
            if isinstance(operation, AppendOnly):
                try:
                    found.add(apps.get_model(app, operation.model)._meta.db_table)
                except LookupError:  # a table that a later migration took away
                    continue
    return sorted(found)


def append_only(look: Installation) -> Answer:
    """By the privileges that the role holds, of its own, by membership or on one column."""
    sql = """
        SELECT has_table_privilege(%(role)s, %(table)s, 'UPDATE')
            OR has_any_column_privilege(%(role)s, %(table)s, 'UPDATE'),
               has_table_privilege(%(role)s, %(table)s, 'DELETE'),
               has_table_privilege(%(role)s, %(table)s, 'TRUNCATE')
    """
    wrong = []
    tables = append_only_tables()
    for table in tables:
        [held] = look.rows(sql, {"role": look.role, "table": table})
        acts = zip(("UPDATE", "DELETE", "TRUNCATE"), held, strict=True)
        wrong += [f"{table} : {act}" for act, has in acts if has]
    return passed_unless(wrong, ", ".join(tables))


def attempts(look: Installation) -> Answer:
    """Really tries to change the log, on no row at all and undone whatever comes of it."""
    table = Event._meta.db_table
    tries = {
        "UPDATE": f'UPDATE "{table}" SET kind = kind WHERE false',  # noqa: S608  our own name
        "DELETE": f'DELETE FROM "{table}" WHERE false',  # noqa: S608
    }
    return passed_unless(name for name, sql in tries.items() if look.allows(sql))


def definers(look: Installation) -> Answer:
    """Functions that act as the owner name where they look, and not everybody may call them."""
    sql = """
        SELECT proname FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace AND (
            NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=%', false)
            OR has_function_privilege('public', oid, 'EXECUTE'))
    """
    return passed_unless(name for (name,) in look.rows(sql))
