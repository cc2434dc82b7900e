"""What every part of the API stands on, and the members' part of it."""
