"""What happened, as it happens, to a security operations centre: OCSF in syslog over TLS.

Each message carries its log's tenant and its place in the tree: a gap shows, and a message that comes
twice is known by the same two.
"""
