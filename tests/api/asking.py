"""What tests of the API ask of meetings."""

from datetime import timedelta

from django.utils import timezone

ALL = "/api/v1/meetings"


def body(**changes) -> dict:
    starts_at = timezone.now().replace(microsecond=0) + timedelta(hours=2)
    return {
        "title": "Comité budgétaire",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
        "invitees": ["Ines.Invitee@sante.test"],
    } | changes


def post(client, content, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(ALL, content, content_type="application/json", headers=headers)


def patch(client, slug, content, *, if_match="*"):
    headers = {"if-match": if_match} if if_match else {}
    return client.patch(f"{ALL}/{slug}", content, content_type="application/json", headers=headers)


def cancel(client, slug, *, if_match="*"):
    headers = {"if-match": if_match} if if_match else {}
    return client.delete(f"{ALL}/{slug}", headers=headers)
