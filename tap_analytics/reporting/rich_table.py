"""Tables with rich, for terminals; text from outside is never read as mark-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tap_analytics.reporting.run_table import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLES = {
    "failed": "red",
    "interrupted": "red",
    "not proven": "yellow",
    "proven": "green",
    "warning": "yellow",
    "ok": "green",
}
"""The colours of words that stand alone in a cell."""


def console(*, stderr: bool = False) -> Console:
    """A console that writes no wider than its terminal, and into a file as wide as it is."""
    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal:
        made = Console(stderr=stderr, highlight=False, width=200)
    return made


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> Table:
    """A table of cells as they are.

    Args:
        columns: The names of the columns; those of numbers are aligned at the right.
        rows: The cells.
        title: What stands above the table.
    """
    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        drawn.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    return drawn
