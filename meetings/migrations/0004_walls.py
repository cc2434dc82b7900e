"""The chat behind the wall; which rooms to look into, in every tenant."""

from django.db import migrations

from isolation.operations import ProtectTenantRows, ReferTo


class Migration(migrations.Migration):
    dependencies = [("meetings", "0003_roles_and_lobby")]

    operations = [
        ProtectTenantRows("ChatMessage"),
        ReferTo("ChatMessage", "meeting", "meetings.Meeting"),
        ReferTo("ChatMessage", "participant", "meetings.Participant"),
        # Beat looks into the rooms of every tenant: it learns ids only. A room of whose end we were
        # told is looked into while somebody seems to be in it. In no order, so that where they are
        # too many none is left out for good.
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_open_rooms(most integer)
            RETURNS TABLE (tenant_id uuid, id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT meeting.tenant_id, meeting.id FROM meetings_meeting meeting
                WHERE meeting.state = 'live' AND (meeting.room_opened_at IS NOT NULL OR EXISTS (
                    SELECT FROM meetings_participant participant
                    JOIN meetings_presence presence ON presence.participant_id = participant.id
                    WHERE participant.meeting_id = meeting.id
                        AND presence.left_at IS NULL AND presence.missing_at IS NULL
                ))
                ORDER BY random() LIMIT most
            $$;
            """,
            "DROP FUNCTION visio_open_rooms(integer)",
        ),
    ]
