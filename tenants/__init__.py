"""Who: ministries, their people, roles, policies and sign-in."""
