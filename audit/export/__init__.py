"""Writes a part of a log, or all of it, so that anybody can verify it without us: the bundle.

The format stands in docs/log-format.md; audit.verify reads it.
"""
