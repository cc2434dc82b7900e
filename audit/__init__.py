"""What happened: the append-only log of each tenant."""
