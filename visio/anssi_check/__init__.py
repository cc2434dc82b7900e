"""The self-check: every testable line of ANSSI's guides, asked of the running installation.

`table.py` is the list; each check is one small function beside its subject; `answers.py` says what a
check may answer, `installation.py` how the installation is asked.
"""
