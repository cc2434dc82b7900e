"""What follows in the auditors' portal from facts that are told from below."""

from django.dispatch import receiver

from audit.signals import person_erased
from auditors import saved_searches
from tenants.signals import memberships_ended


@receiver(memberships_ended)
def forget_searches_of_who_left(sender, member_ids, **kwargs):
    """They were notes of people who read no more."""
    saved_searches.forget_of(member_ids)


@receiver(person_erased)
def forget_searches_of_who_was_erased(sender, person_id, **kwargs):
    """Those that the person kept, and those that look for them by id."""
    saved_searches.forget_of([person_id])
    saved_searches.forget_about(person_id)
