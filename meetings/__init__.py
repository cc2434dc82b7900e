"""Live: scheduling, invitations, the room, attendance."""
