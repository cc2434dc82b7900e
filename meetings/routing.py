"""The sockets of meetings."""

from django.urls import path, re_path

from meetings.consumers import AgendaConsumer
from meetings.consumers_lobby import HostConsumer, LobbyConsumer
from meetings.joining import DEVICE

websocket_urlpatterns = [
    path("ws/agenda/", AgendaConsumer.as_asgi()),
    re_path(
        rf"^ws/lobby/(?P<slug>[a-z0-9-]+)/(?P<device>{DEVICE.pattern})/$", LobbyConsumer.as_asgi()
    ),
    path("ws/host/<slug:slug>/", HostConsumer.as_asgi()),
]
