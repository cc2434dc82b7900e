"""Reminders before meetings: who is due, found by the clock, and the mail."""
