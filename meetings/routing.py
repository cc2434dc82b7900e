"""The sockets of meetings."""

websocket_urlpatterns: list = []
