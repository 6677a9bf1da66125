"""Tables with rich, for terminals; text from outside is never read as mark-up.

On a terminal that is too narrow for a table each row is a few lines of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tap_analytics.reporting.views.run_table import NOTHING, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

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


def table(screen: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """A table of cells as they are, or a list of them where the screen is too narrow.

    Args:
        screen: Where it is to be printed.
        columns: The names of the columns; those of numbers are aligned at the right.
        rows: The cells.
    """
    texts = list(zip(columns, *rows, strict=True))
    # The last column may take several lines, but no word does.
    words = [word for cell in texts[-1] for word in cell.split()]
    widths = [*(max(map(cell_len, cells)) for cells in texts[:-1]), max(map(cell_len, words))]
    if sum(widths) + 2 * len(widths) > screen.width:
        return Group(*(_lines(columns, row) for row in rows), "")
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        justify: Literal["left", "right"] = "right" if name in NUMBERS else "left"
        drawn.add_column(name, justify=justify, no_wrap=name != columns[-1])
    for row in rows:
        drawn.add_row(*map(_text, row))
    return drawn


def _lines(columns: Sequence[str], row: Sequence[str]) -> RenderableType:
    """A row as the first cell and, below it, the others with the names of their columns."""
    named = [
        Text.assemble(f"{name}: ", _text(cell))
        for name, cell in zip(columns[1:], row[1:], strict=True)
        if cell not in {"", NOTHING}
    ]
    return Group("", _text(row[0]), Padding(Text(", ").join(named), (0, 0, 0, 2)))


def _text(cell: str) -> Text:
    return Text(cell, style=_STYLES.get(cell, ""))
