"""What auditors keep for themselves: searches under a name."""

from django.db import models

from isolation.models import TenantOwned


class SavedSearch(TenantOwned):
    """A search that one auditor has named, to find it again. Nobody else sees it.

    It may hold names that were typed, as it may bear one: it goes with the auditor (receivers.py).
    """

    member = models.ForeignKey(
        "tenants.Member",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    name = models.CharField(max_length=60)
    # Fields of forms.LogFilterForm as they were typed; a period stays one that ends now.
    asked = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "member", "name"], name="saved_search_named_once"
            ),
        ]

    def __str__(self):
        return self.name
