"""ProConnect's door: OpenID Connect as ProConnect speaks it, with every check that it leaves to us."""
