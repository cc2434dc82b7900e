"""Invented ministries of any size, with a past and a future, for demonstrations and for load."""
