"""The chat behind the wall; which rooms to look into, in every tenant."""

from django.db import migrations

from isolation.operations import ProtectTenantRows, ReferTo


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_roles_and_lobby")]

    operations = [
        ProtectTenantRows("ChatMessage"),
        ReferTo("ChatMessage", "meeting", "meetings.Meeting"),
        ReferTo("ChatMessage", "participant", "meetings.Participant"),
        # Beat looks into the rooms of every tenant: it learns ids only.
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_open_rooms(most integer)
            RETURNS TABLE (tenant_id uuid, id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT meeting.tenant_id, meeting.id FROM meetings_meeting meeting
                WHERE meeting.state = 'live' AND meeting.room_opened_at IS NOT NULL
                ORDER BY meeting.room_opened_at LIMIT most
            $$;
            """,
            "DROP FUNCTION visio_open_rooms(integer)",
        ),
    ]
