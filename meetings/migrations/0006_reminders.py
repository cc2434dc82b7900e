"""Reminders: the clock up to which they were looked for, and who is due, found by indexes."""

from django.db import migrations, models

import isolation.ids
from isolation.operations import ProtectTenantRows


class Migration(migrations.Migration):
    dependencies = [("meetings", "0005_finding"), ("tenants", "0006_preferences")]

    operations = [
        migrations.CreateModel(
            name="ReminderClock",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("looked_until", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id",), name="one_reminder_clock")
                ],
            },
        ),
        ProtectTenantRows("ReminderClock"),
        migrations.AddIndex(
            model_name="meeting",
            index=models.Index(
                condition=models.Q(("state__in", ["scheduled", "live"])),
                fields=["starts_at"],
                name="meeting_to_remind",
            ),
        ),
        migrations.AddIndex(
            model_name="agendaentry",
            index=models.Index(
                condition=models.Q(("is_cancelled", False)),
                fields=["starts_at"],
                name="entry_to_remind",
            ),
        ),
        # Beat asks for every tenant: it learns ids only. The host, the ministry's own invitees, and
        # those to whom another ministry's meeting was delivered; a person of several ministries
        # once. EXECUTE: planned for the very moments, of which few meetings start.
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_reminders_due(
                after timestamptz, until timestamptz, minutes integer
            )
            RETURNS TABLE (tenant_id uuid, member_id uuid, meeting_id uuid)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            BEGIN
                RETURN QUERY EXECUTE $query$
                    WITH starting AS (
                        SELECT meeting.tenant_id, meeting.id, meeting.host_id
                        FROM meetings_meeting meeting
                        WHERE meeting.state IN ('scheduled', 'live')
                            AND meeting.starts_at > $1 AND meeting.starts_at <= $2
                    ), concerned AS (
                        SELECT member.user_id, member.tenant_id, member.id, starting.id AS meeting_id
                        FROM starting JOIN tenants_member member
                            ON member.tenant_id = starting.tenant_id
                            AND member.id = starting.host_id
                        WHERE member.reminder_minutes = $3 AND member.state = 'active'
                        UNION ALL
                        SELECT member.user_id, member.tenant_id, member.id, starting.id
                        FROM starting JOIN meetings_invitation invitation
                            ON invitation.meeting_id = starting.id
                            AND invitation.tenant_id = starting.tenant_id
                            AND invitation.withdrawn_at IS NULL
                        JOIN tenants_member member
                            ON member.tenant_id = invitation.tenant_id
                            AND member.email = invitation.email
                        WHERE member.reminder_minutes = $3 AND member.state = 'active'
                        UNION ALL
                        SELECT member.user_id, member.tenant_id, member.id, entry.meeting_id
                        FROM meetings_agendaentry entry JOIN tenants_member member
                            ON member.tenant_id = entry.tenant_id
                            AND member.email = entry.email
                        WHERE NOT entry.is_cancelled
                            AND entry.starts_at > $1 AND entry.starts_at <= $2
                            AND member.reminder_minutes = $3 AND member.state = 'active'
                    )
                    SELECT DISTINCT ON (concerned.user_id, concerned.meeting_id)
                        concerned.tenant_id, concerned.id, concerned.meeting_id
                    FROM concerned JOIN tenants_tenant tenant
                        ON tenant.id = concerned.tenant_id AND tenant.is_active
                    ORDER BY concerned.user_id, concerned.meeting_id, concerned.id
                $query$ USING after, until, minutes;
            END
            $$;
            """,
            "DROP FUNCTION visio_reminders_due(timestamptz, timestamptz, integer)",
        ),
    ]
