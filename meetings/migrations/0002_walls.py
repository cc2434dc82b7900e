"""Meetings behind the wall: policies, and references that stay within one tenant."""

from django.db import migrations

from isolation.operations import AppendOnly, ProtectTenantRows, ReferTo


class Migration(migrations.Migration):
    dependencies = [("meetings", "0001_initial"), ("tenants", "0002_walls")]

    operations = [
        ProtectTenantRows("Meeting"),
        ProtectTenantRows("Invitation"),
        ProtectTenantRows("AgendaEntry"),
        ProtectTenantRows("Participant"),
        ProtectTenantRows("Presence"),
        ProtectTenantRows("WebhookDelivery"),
        ReferTo("Meeting", "host", "tenants.Member"),
        ReferTo("Invitation", "meeting", "meetings.Meeting"),
        ReferTo("Participant", "meeting", "meetings.Meeting"),
        ReferTo("Presence", "participant", "meetings.Participant"),
        AppendOnly("WebhookDelivery"),
        # Beat closes meetings that are over in every tenant: it learns ids only.
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_meetings_to_close(before timestamptz, most integer)
            RETURNS TABLE (tenant_id uuid, id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT meeting.tenant_id, meeting.id FROM meetings_meeting meeting
                WHERE meeting.state = 'live' AND meeting.ends_at < before
                ORDER BY meeting.ends_at LIMIT most
            $$;
            """,
            "DROP FUNCTION visio_meetings_to_close(timestamptz, integer)",
        ),
    ]
