"""The data of the sandbox: SQLite in memory, one connection, one lock."""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .catalog import Row, RowFactory

_TABLE = """
create table row (
    number integer primary key, stream text, place real,
    key text, modified integer, archived integer, parent text, body blob
);
create index row_by_place on row (stream, place, archived);
create index row_by_modified on row (stream, modified, place, archived);
create index row_by_key on row (stream, key);
"""
_INSERT = """
insert into row (stream, place, key, modified, archived, parent, body) values (?, ?, ?, ?, ?, ?, ?)
"""
_BY_KEY = "select number, place, key, body, modified from row where stream = ? and key = ?"
_AS_TEXT = "strftime('%Y-%m-%d %H:%M:%S', modified / 1000000, 'unixepoch')"
_NULL_FIRST = "coalesce({}, -9e18)"
ARCHIVED_EVERY = 50
"""Beside so many contacts that are visible there is one that is archived."""


@dataclass(frozen=True)
class View:
    """Which rows of a stream a request sees, and in which order.

    `order` is `place` (the order of insertion), `key`, `modified` or a field's name; a minus
    before it turns it round. Rows that are equal in it keep the order of insertion, or with
    `ties` another one for each number. `since_text` is compared with the modification time as
    text; `after` is a row's `position`, and only what follows it is seen.
    """

    stream: str
    order: str = "place"
    since: int | None = None
    exclusive: bool = False
    archived: bool = False
    parent: str | None = None
    since_text: str | None = None
    ties: int | None = None
    after: tuple[Any, float] | None = None

    @property
    def order_term(self) -> str:
        """Return SQL for what rows are ordered by: a column with an index, or a field."""
        name = self.order.removeprefix("-")
        if name not in {"place", "key", "modified"}:
            name = "sortable(body, '{}')".format(name.replace("'", ""))
        return name

    def query(self, columns: str) -> tuple[str, list[Any]]:
        """Return SQL that selects columns, and its values; rows equal in order keep their place."""
        terms, values = ["stream = ?"], list[Any]([self.stream])
        if not self.archived:
            terms.append("archived = 0")
        if self.since is not None:
            terms.append("modified > ?" if self.exclusive else "modified >= ?")
            values.append(self.since)
        if self.parent is not None:
            terms.append("parent = ?")
            values.append(self.parent)
        if self.since_text is not None:
            terms.append(f"{_AS_TEXT} {'>' if self.exclusive else '>='} ?")
            values.append(self.since_text)
        name, falling = self.order_term, self.order.startswith("-")
        if self.after is not None:
            beyond, known = "<" if falling else ">", _NULL_FIRST.format(name)
            terms.append(f"({known} {beyond} ? or ({known} = ? and place > ?))")
            values += [self.after[0], self.after[0], self.after[1]]
        condition = " and ".join(terms)
        ties = "place" if self.ties is None else f"(number * {self.ties}) % 1000003"
        turn = " desc" if falling else ""
        sql = f"select {columns} from row where {condition} order by {name}{turn}, {ties}"  # noqa: S608 -- no term is the client's
        return sql, values


class Found(NamedTuple):
    """A row: its number, its place in the order of insertion, its key, text and time."""

    number: int
    place: float
    key: str | None
    body: bytes
    modified: int | None


class Store:
    """Holds the rows; whoever needs several steps to be one takes `lock` around them."""

    def __init__(
        self, factory: RowFactory, rows: Mapping[str, int], clock_offset: float = 0.0
    ) -> None:
        """Open the database; a stream's rows are made when it is first asked for."""
        self._clock_offset = timedelta(seconds=clock_offset)
        self.lock = threading.RLock()
        self.factory = factory
        self.fresh = itertools.count(1)
        self._rows = rows
        self._filled: set[str] = set()
        self._db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._db.create_function("sortable", 2, _sortable, deterministic=True)
        self._db.executescript(_TABLE)

    def now(self) -> datetime:
        """Return the time by the server's clock."""
        return datetime.now(UTC) + self._clock_offset

    def advance(self, seconds: float) -> None:
        """Put the server's clock forward."""
        with self.lock:
            self._clock_offset += timedelta(seconds=seconds)

    def close(self) -> None:
        """Let go of the data."""
        with self.lock:
            self._db.close()

    def count(self, view: View) -> int:
        """Return how many rows a view has."""
        return int(self._select(view.stream, *view.query("count(*)"))[0][0])

    def page(self, view: View, offset: int, limit: int) -> list[bytes]:
        """Return rows of a view as JSON."""
        return [row[0] for row in self._page(view, "body", offset, limit)]

    def find(self, view: View, which: int | str) -> Found:
        """Return where a row is, by its position in a view (negative: from the end) or its key."""
        if isinstance(which, str):
            found = [
                Found(*row) for row in self._select(view.stream, _BY_KEY, [view.stream, which])
            ]
        else:
            position = which if which >= 0 else self.count(view) + which
            found = self.found(view, position, 1) if position >= 0 else []
        if not found:
            message = f"The stream {view.stream!r} has no row {which!r} to edit."
            raise LookupError(message)
        return found[0]

    def position(self, view: View, found: Found) -> tuple[Any, float]:
        """Return where a row stands in the order of a view, for `View.after`."""
        sql = f"select {_NULL_FIRST.format(view.order_term)} from row where number = ?"  # noqa: S608 -- no term is the client's
        return self._select(view.stream, sql, [found.number])[0][0], found.place

    def keys(self, stream: str) -> list[str]:
        """Return the keys of a stream's rows, in the order of insertion."""
        sql = "select key from row where stream = ? and key is not null order by place"
        return [row[0] for row in self._select(stream, sql, [stream])]

    def found(self, view: View, offset: int, limit: int) -> list[Found]:
        """Return rows of a view."""
        columns = "number, place, key, body, modified"
        return [Found(*row) for row in self._page(view, columns, offset, limit)]

    def _page(self, view: View, columns: str, offset: int, limit: int) -> list[Any]:
        sql, values = view.query(columns)
        return self._select(view.stream, f"{sql} limit ? offset ?", [*values, limit, offset])

    def last_place(self, stream: str) -> float:
        """Return the place of the row that was inserted last."""
        sql = "select coalesce(max(place), 0) from row where stream = ?"
        return float(self._select(stream, sql, [stream])[0][0])

    def remove(self, number: int) -> None:
        """Delete a row."""
        with self.lock:
            self._db.execute("delete from row where number = ?", (number,))

    def rewrite(self, number: int, body: str, modified: int | None) -> None:
        """Give a row new contents."""
        with self.lock:
            self._db.execute(
                "update row set body = ?, modified = ? where number = ?",
                (body.encode(), modified, number),
            )

    def add(self, stream: str, place: float, row: Row) -> None:
        """Insert a row at a place in the order of insertion."""
        with self.lock:
            self._db.execute(_INSERT, _values(stream, place, row))

    def _select(self, stream: str, sql: str, values: list[Any]) -> list[Any]:
        with self.lock:
            if stream not in self._filled:
                self._fill(stream)
            return self._db.execute(sql, values).fetchall()

    def _fill(self, stream: str) -> None:
        self._filled.add(stream)
        count = self._rows[stream]
        rows = [self.factory.row(stream, index) for index in range(count)]
        values = [_values(stream, float(place), row) for place, row in enumerate(rows)]
        if stream == "contacts":
            values += [
                _values(stream, index + 0.5, self.factory.row(stream, count + index, archived=True))
                for index in range(0, count, ARCHIVED_EVERY)
            ]
        self._db.execute("begin")
        self._db.executemany(_INSERT, values)
        self._db.execute("commit")


def _values(stream: str, place: float, row: Row) -> tuple[Any, ...]:
    return (stream, place, row.key, row.modified, row.archived, row.parent, row.body.encode())


def _sortable(body: bytes, field: str) -> str | float | None:
    """Return what a record is sorted by; SQLite calls this for orders that have no column."""
    value = json.loads(body).get(field)
    if isinstance(value, str) and value.startswith("/Date(") and value.endswith(")/"):
        return float(value[6:-2].removesuffix("+0000"))
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return value if isinstance(value, (int, float)) or value is None else json.dumps(value)
