"""Facts about a tenant that the apps above act upon, in the transaction that makes them."""

from django.dispatch import Signal

# policy: Policy as it now is; changed: frozenset of the names of its rules.
policy_changed = Signal()

# member_ids: the ids of the members whose memberships were closed.
memberships_ended = Signal()
