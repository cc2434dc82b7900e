"""Facts about a log that the apps above act upon."""

from django.dispatch import Signal

# person_id: whose data were erased from the open scope's log. Sent in a transaction of the
# application's own, after the keeper's, and again each time that the erasure is asked for.
person_erased = Signal()
