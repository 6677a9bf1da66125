"""A row as a line of the CSV file that a batch is copied from."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEW_LINE = "\r\n"
_UNIT_SEPARATOR, _RECORD_SEPARATOR = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What stands between cells, and around a cell that needs it.

    Unless the configuration says otherwise, these are control characters, which no text has as a
    rule: a comma and quotes are in most rows, and each cell would have to be looked at.
    """

    delimiter: str
    quote: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Return the dialect that a configuration of target-duckdb asks for."""
        delimiter = config.get("delimiter", _UNIT_SEPARATOR)
        return cls(str(delimiter), str(config.get("quotechar", _RECORD_SEPARATOR)))

    def line(self, row: Sequence[str]) -> str:
        """Return a row's line; an empty cell and no cell are the same."""
        line = self.delimiter.join(row)
        if (
            line
            and line.count(self.delimiter) == len(row) - 1
            and self.quote not in line
            and "\n" not in line
            and "\r" not in line
        ):
            return line + NEW_LINE
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, quotechar=self.quote).writerow(row)
        return text.getvalue()
