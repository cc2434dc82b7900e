"""Runs each view in the scope of the tenant in which its reader works."""

from isolation.scope import tenant_scope


class TenantScopeMiddleware:
    """Last in MIDDLEWARE: it calls the view itself, so that an error rolls its transaction back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        tenant_id = getattr(request, "tenant_id", None)
        if tenant_id is None or getattr(view, "opens_own_scope", False):
            return None
        with tenant_scope(tenant_id):
            response = view(request, *args, **kwargs)
            if callable(getattr(response, "render", None)):
                response.render()
            return response
