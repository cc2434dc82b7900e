"""Sign-in, sign-out, the choice of a ministry, and the break-glass entrance."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path

from isolation.decorators import opens_own_scope as own
from tenants import breakglass, views
from tenants.preferences import views as preferences
from tenants.proconnect import views as proconnect

urlpatterns = [
    path("", include("tenants.api_tokens.urls")),
    path("", include("tenants.administration.urls")),
    path(
        "oidc/authenticate/",
        own(proconnect.AuthenticateView.as_view()),
        name="oidc_authentication_init",
    ),
    path(
        "oidc/callback/",
        own(proconnect.CallbackView.as_view()),
        name="oidc_authentication_callback",
    ),
    path("oidc/logout/", proconnect.sign_out, name="sign_out"),
    path("oidc/logout-callback/", proconnect.signed_out_by_provider, name="oidc_logout_callback"),
    path("deconnecte/", proconnect.signed_out, name="signed_out"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("langue/", preferences.switch_language, name="set_language"),
    path("choisir/", views.choose_tenant, name="choose_tenant"),
    path("compte-ferme/", views.membership_ended, name="membership_ended"),
    # Break-glass: these of allauth's pages and no other.
    path("secours/", own(account.login), name="account_login"),
    path("secours/quitter/", own(account.logout), name="account_logout"),
    path("secours/confirmer/", own(account.reauthenticate), name="account_reauthenticate"),
    path("secours/mot-de-passe/", own(account.password_change), name="account_change_password"),
    path("secours/inscription/", own(breakglass.no_sign_up), name="account_signup"),
    path("secours/code/", own(mfa.authenticate), name="mfa_authenticate"),
    path("secours/confirmer-code/", own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("secours/double-authentification/", own(mfa.index), name="mfa_index"),
    path("secours/totp/activer/", own(totp.activate_totp), name="mfa_activate_totp"),
    path("secours/totp/retirer/", own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(
        "secours/codes/",
        own(recovery_codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "secours/codes/nouveaux/",
        own(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "secours/codes/telecharger/",
        own(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("secours/cles/", own(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("secours/cles/ajouter/", own(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("secours/cles/<int:pk>/", own(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path(
        "secours/cles/<int:pk>/retirer/",
        own(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path(
        "secours/confirmer-cle/",
        own(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
]
