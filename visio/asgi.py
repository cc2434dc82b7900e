"""WebSockets, served by Daphne; it answers no page."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visio.settings")
django_application = get_asgi_application()  # loads the apps before anything imports a model

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import SessionMiddlewareStack
from django.conf import settings

from meetings.routing import websocket_urlpatterns
from visio.sockets import refuse_http

application = ProtocolTypeRouter(
    {
        "http": refuse_http,
        # The pages' origin alone may open a socket: it differs from the sockets' own host.
        "websocket": OriginValidator(
            SessionMiddlewareStack(URLRouter(websocket_urlpatterns)), [settings.PUBLIC_URL]
        ),
    }
)
