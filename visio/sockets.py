"""What the socket server answers to plain HTTP: pages live elsewhere."""


async def refuse_http(scope, receive, send):
    """404 to every page request; 200 to /healthz, so that a supervisor can ask."""
    status = 200 if scope["path"] == "/healthz" else 404
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
