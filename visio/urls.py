"""Every address of Visio."""

from django.conf import settings
from django.urls import include, path

from meetings import webhooks
from visio import api_reference, devmail, legal
from visio.anssi_check.views import security
from visio.api import api_urls

handler400 = "visio.errors.bad_request"
handler404 = "visio.errors.page_not_found"
handler500 = "visio.errors.server_error"

urlpatterns: list = [
    path("", include("meetings.urls")),
    path("", include("tenants.urls")),
    path("api/", api_reference.reference, name="api_reference"),
    path("administration/", include("meetings.urls_administration")),
    path("administration/securite/", security, name="administration_security"),
    path("audit/", include("auditors.urls")),
    path("api/v1/", api_urls()),
    path("hooks/livekit/", webhooks.livekit, name="livekit_webhook"),
    path("aide/", legal.page("help.html"), name="help"),
    path("mentions-legales/", legal.page("legal/notice.html"), name="legal_notice"),
    path("accessibilite/", legal.page("legal/accessibility.html"), name="accessibility"),
    path("donnees-personnelles/", legal.page("legal/privacy.html"), name="privacy"),
    path("modalites-d-utilisation/", legal.page("legal/terms.html"), name="terms"),
    path("plan-du-site/", legal.page("legal/site_map.html"), name="site_map"),
]

if settings.DEVELOPMENT and settings.MAIL_SINK:
    urlpatterns += [
        path("dev/mail/", devmail.mails, name="dev_mails"),
        path("dev/mail/<int:name>/", devmail.mail, name="dev_mail"),
    ]
