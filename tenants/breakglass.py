"""Break-glass accounts of administrators: allauth, for when ProConnect does not answer."""

import secrets

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa_signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import Http404
from django.urls import reverse

from audit.kinds import Kind, Outcome
from audit.log import record, record_platform
from isolation.scope import tenant_scope
from tenants import services
from tenants.models import Member, Role, Tenant, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: an operator makes the account."""

    def is_open_for_signup(self, request):
        return False

    def get_login_redirect_url(self, request):
        """Without a second factor there is one thing to do, and nothing else is allowed."""
        return "/" if is_mfa_enabled(request.user) else reverse("mfa_activate_totp")

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        """Guests' pages say themselves what happened."""
        if getattr(request.resolver_match, "app_name", "") != "meetings":
            super().add_message(request, level, message_template, *args, **kwargs)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors of break-glass accounts."""

    def get_totp_label(self, user) -> str:
        return user.email


def user_display(user) -> str:
    """What allauth's pages call the person."""
    return user.email


def no_sign_up(request):
    """allauth wants the address to exist; nobody may use it."""
    raise Http404


@transaction.atomic
def create_account(*, tenant: Tenant, email: str) -> str:
    """Makes an administrator's account of this tenant; answers its first password, told once."""
    email = email.lower()
    password = secrets.token_urlsafe(18)
    user = User(username=f"secours-{User._meta.pk.get_default().hex}", email=email)
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    with tenant_scope(tenant.id):
        member = Member.objects.create(user=user, email=email, roles=[Role.ADMINISTRATOR])
        record(Kind.MEMBER_CREATED, subject=member, break_glass=True)
    return password


@receiver(user_logged_in)
def enter(sender, request, user, **kwargs):
    """A break-glass session works in the one tenant whose account it is."""
    if getattr(user, "backend", "") != BACKEND or user.is_guest:
        return
    tenants = services.tenants_of(user)
    request.session["auth"] = "breakglass"
    if not tenants:
        return
    request.session["tenant_id"] = str(tenants[0].id)
    with tenant_scope(tenants[0].id):
        record(Kind.SIGN_IN, actor=Member.objects.get(user=user), break_glass=True)


@receiver(user_login_failed)
def note_failure(sender, credentials, **kwargs):
    """Without the address that was tried: it may be a password typed in the wrong field."""
    if "password" in credentials:
        record_platform(Kind.SIGN_IN_REFUSED, outcome=Outcome.REFUSED, reason="break_glass")


@receiver([mfa_signals.authenticator_added, mfa_signals.authenticator_removed])
def note_factor(sender, request, user, authenticator, signal, **kwargs):
    """Second factors come and go in the log."""
    for tenant in services.tenants_of(user):
        with tenant_scope(tenant.id):
            record(
                Kind.MFA_CHANGED,
                actor=Member.objects.get(user=user),
                factor=str(authenticator.type),
                added=signal is mfa_signals.authenticator_added,
            )
