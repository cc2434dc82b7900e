"""LiveKit's door: only what is in here imports its client library."""
