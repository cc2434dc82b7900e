"""Headers that no other middleware sets."""


class SecurityHeadersMiddleware:
    """Permissions-Policy: camera, microphone and screen for our own pages alone."""

    POLICY = (
        "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), "
        "speaker-selection=(self), publickey-credentials-get=(self), "
        "publickey-credentials-create=(self), geolocation=(), payment=(), usb=()"
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = self.POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
