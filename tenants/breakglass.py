"""Break-glass accounts of administrators: allauth, for when ProConnect does not answer."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: an operator makes the account."""

    def is_open_for_signup(self, request):
        return False


class MFAAdapter(DefaultMFAAdapter):
    """Second factors of break-glass accounts."""


def user_display(user) -> str:
    """What allauth's pages call the person."""
    return user.email
