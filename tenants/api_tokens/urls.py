"""Addresses of the tokens' pages."""

from django.urls import path

from tenants.api_tokens import views

urlpatterns = [
    path("administration/jetons/", views.tokens, name="administration_tokens"),
    path(
        "administration/jetons/<uuid:token_id>/revoquer/",
        views.revoke,
        name="administration_token_revoke",
    ),
]
