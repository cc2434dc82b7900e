"""WebSockets, served by Daphne; it answers no page."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visio.settings")
django_application = get_asgi_application()  # loads the apps before anything imports a model

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402

from meetings.routing import websocket_urlpatterns  # noqa: E402
from visio.sockets import refuse_http  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": refuse_http,
        # The pages' origin alone may open a socket: it differs from the sockets' own host.
        "websocket": OriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), [settings.PUBLIC_URL]
        ),
    }
)
