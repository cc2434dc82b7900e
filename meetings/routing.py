"""The sockets of meetings."""

from django.urls import path

from meetings.consumers import AgendaConsumer

websocket_urlpatterns = [path("ws/agenda/", AgendaConsumer.as_asgi())]
