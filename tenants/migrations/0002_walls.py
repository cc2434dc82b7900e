"""People behind the wall, and the two questions that sign-in and delivery ask across tenants."""

from django.db import migrations

from isolation.operations import ProtectTenantRows


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial"), ("isolation", "0003_walls")]

    operations = [
        ProtectTenantRows("Member"),
        ProtectTenantRows("PromisedRole"),
        ProtectTenantRows("Policy"),
        # Where may this person choose to work? Answers ids of tenants, nothing of the members.
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_tenants_of(person uuid) RETURNS SETOF uuid
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT member.tenant_id FROM tenants_member member
                JOIN tenants_tenant tenant ON tenant.id = member.tenant_id
                WHERE member.user_id = person AND member.state = 'active' AND tenant.is_active
            $$;
            """,
            "DROP FUNCTION visio_tenants_of(uuid)",
        ),
        # To which tenants is an invitation to this address delivered?
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_tenants_with_address(address text) RETURNS SETOF uuid
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT member.tenant_id FROM tenants_member member
                WHERE member.email = lower(address) AND member.state = 'active'
                UNION
                SELECT mapping.tenant_id FROM tenants_tenantmapping mapping
                WHERE mapping.kind = 'domain'
                  AND mapping.value = lower(split_part(address, '@', 2))
            $$;
            """,
            "DROP FUNCTION visio_tenants_with_address(text)",
        ),
    ]
