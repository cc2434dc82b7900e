"""What follows in meetings from facts that are told from below."""

from django.dispatch import receiver

from isolation import outbox
from meetings.models import Meeting, MeetingState
from tenants.signals import policy_changed

# Rules that bind people who are in rooms already (policies.rights_of).
FELT_IN_ROOMS = frozenset({"guests_may_share", "chat_allowed"})


@receiver(policy_changed)
def bring_rooms_to_the_policy(sender, policy, changed, **kwargs):
    """Each open room of the ministry is brought to what is written, as after an act in it."""
    if not changed & FELT_IN_ROOMS:
        return
    live = Meeting.objects.filter(state=MeetingState.LIVE, room_opened_at__isnull=False)
    for meeting_id in live.values_list("id", flat=True):
        outbox.put("meetings.apply_room", meeting_id=str(meeting_id))
