"""Tables for spreadsheets set to French: semicolons, a byte order mark, and no formula in a cell."""

import csv
from collections.abc import Iterable
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would take for a formula; see OWASP, CSV injection.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows as lines of a CSV file."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def safe(cell: str) -> str:
    """The cell as text: a name like "=cmd()" must not run when somebody opens the file."""
    return f"'{cell}" if cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA) else cell
