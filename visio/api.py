"""The API's frame: its parts, who may call them, and their addresses."""

from typing import ClassVar

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.security import APIKeyCookie

from isolation.decorators import opens_own_scope
from meetings import visitors
from meetings.api import router as meetings_router
from meetings.api_attendance import router as attendance_router
from meetings.api_chat import router as chat_router
from meetings.api_meetings import router as planning_router
from meetings.api_room import router as room_router
from tenants.api.callers import ServiceToken, refuse_token_in_query
from tenants.api.members import router as members_router
from tenants.api.problems import Problem
from visio import openapi, problems
from visio.api_input import StrictParser
from visio.api_me import router as me_router


class Session(APIKeyCookie):
    """Whoever stands behind the browser's session: an agent at work, or a guest. Each operation
    asks what they may; checks the CSRF token as forms do."""

    def __init__(self):
        self.param_name = settings.SESSION_COOKIE_NAME
        super().__init__()

    def __call__(self, request):
        if self.param_name not in request.COOKIES:
            return None  # nobody, whom a form's token would not help either
        return super().__call__(request)

    def authenticate(self, request, key):
        return visitors.of_request(request)


class SessionOnly(Session):
    """For what only a person does: a room is entered by people, not by software. A guest may have
    no session yet."""

    def __call__(self, request):
        refuse_token_in_query(request)
        if request.headers.get("Authorization", "").lower().startswith("bearer"):
            raise Problem(
                403,
                "people-only",
                _("Seule une personne identifiée peut faire cela, avec sa session."),
            )
        return APIKeyCookie.__call__(self, request)


class API(NinjaAPI):
    """Its document is completed by visio.openapi."""

    _documents: ClassVar[dict[str, dict]] = {}

    def get_openapi_schema(self, **options):
        """The same for everybody, so it is written once for each language."""
        language = get_language() or ""
        if language not in self._documents:
            document = super().get_openapi_schema(**options)
            self._documents[language] = openapi.complete(document)
        return self._documents[language]

    def get_openapi_operation_id(self, operation) -> str:
        return operation.url_name


api = API(
    title="Visio",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=[ServiceToken(), Session()],
    parser=StrictParser(),
)
api.add_router("", me_router)
api.add_router("", members_router)
for router in (planning_router, attendance_router):
    api.add_router("/meetings", router)
for router in (meetings_router, room_router, chat_router):
    api.add_router("/meetings", router, auth=SessionOnly())
problems.speak_for(api)


def api_urls():
    """The API's addresses; its operations open their tenants' scopes themselves."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback = opens_own_scope(problems.with_problems(pattern.callback))
        pattern.callback.answers_problems = True
    return patterns, app_name, namespace
