"""Marks the views that open tenants' scopes themselves."""


def opens_own_scope(view):
    """For views whose tenant is decided by a link, or which talk to another system in between:
    no transaction is held open around them."""
    view.opens_own_scope = True
    return view
