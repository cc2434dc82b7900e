"""Verifies an exported log without us: `python -m audit.verify BUNDLE.zip`.

Neither Django nor a database nor a network: the standard library, `cryptography`, audit.tree and
audit.notes. The format, and what each check proves, stand in docs/log-format.md.
"""
