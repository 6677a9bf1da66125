"""What a target ought to hold, and in which cells it differs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MISSING = object()
"""In place of a cell whose column the target does not have."""


@dataclass
class Table:
    """What a stream's table ought to hold: the last record of each key."""

    schema: dict[str, Any]
    keys: tuple[str, ...]
    records: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)

    def key_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return a record's key, in the form in which keys are compared."""
        columns = {name.lower(): value for name, value in row.items()}
        return tuple(str(columns.get(key.lower())) for key in self.keys)


def tables(lines: Iterable[bytes], into: dict[str, Table] | None = None) -> dict[str, Table]:
    """Return what the messages of a tap ought to become, on top of what was there.

    Args:
        lines: Singer messages.
        into: What earlier runs left; it is changed.

    Returns:
        A table for each stream. `ACTIVATE_VERSION` is heeded: what has an older version goes.
    """
    found = {} if into is None else into
    versions: dict[str, dict[tuple[Any, ...], Any]] = {}
    for line in lines:
        message = json.loads(line, parse_float=Decimal)
        stream = message.get("stream")
        if message["type"] == "SCHEMA":
            keys = tuple(message["key_properties"])
            earlier = found.get(stream)
            found[stream] = Table(message["schema"], keys, earlier.records if earlier else {})
        elif message["type"] == "RECORD":
            table = found[stream]
            key = table.key_of(message["record"])
            table.records[key] = message["record"]
            versions.setdefault(stream, {})[key] = message.get("version")
        elif message["type"] == "ACTIVATE_VERSION":
            seen = versions.get(stream, {})
            for key in [*found[stream].records]:
                if seen.get(key) != message["version"]:
                    del found[stream].records[key]
    return found


@dataclass
class Differences:
    """How a target's table differs from what it ought to hold."""

    missing: list[tuple[Any, ...]] = field(default_factory=list)
    extra: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    """Cells by what happened to them."""
    examples: dict[str, str] = field(default_factory=dict)
    """One cell for each thing that happened."""

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.missing or self.extra or self.changed)

    def add(self, other: Differences) -> None:
        """Take in those of another table."""
        self.missing += other.missing
        self.extra += other.extra
        self.changed += other.changed
        self.examples = {**other.examples, **self.examples}


def compare(table: Table, rows: Sequence[Mapping[str, Any]]) -> Differences:
    """Return how a target's records differ from what they ought to be.

    Args:
        table: What ought to be there.
        rows: What is there; names of columns may have any case.

    Returns:
        The records that are missing or too many, and what happened to the cells of the others.
    """
    result = Differences()
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        found[table.key_of(row)] = {name.lower(): value for name, value in row.items()}
    result.extra = len(rows) - len(found) + len(found.keys() - table.records.keys())
    for key, record in table.records.items():
        if key not in found:
            result.missing.append(key)
            continue
        for name, schema in table.schema["properties"].items():
            wanted, is_there = record.get(name), found[key].get(name.lower(), MISSING)
            what = difference(wanted, is_there, schema)
            if what:
                result.changed[what] += 1
                result.examples.setdefault(what, f"`{name}`: {_show(wanted)} → {_show(is_there)}")
    return result


def difference(wanted: Any, found: Any, schema: Mapping[str, Any]) -> str | None:  # noqa: ANN401 -- any JSON value
    """Return what happened to a cell, in words; None where it holds what it ought to."""
    if found is MISSING:
        return None if wanted is None else "no column"
    if wanted is None or found is None:
        return None if wanted is found else _about_nothing(wanted, found)
    if schema.get("format") == "date-time":
        return None if _instant(wanted) == _instant(found) else "another instant"
    return _value(wanted, found)


def _value(wanted: Any, found: Any) -> str | None:  # noqa: ANN401 -- any JSON value
    if isinstance(wanted, dict | list):
        return _nested(wanted, found)
    if isinstance(wanted, bool):
        return None if str(found).lower() == str(wanted).lower() else "another boolean"
    if isinstance(wanted, int | Decimal):
        return _number(Decimal(wanted), found)
    return _text(str(wanted), found)


def _about_nothing(wanted: Any, found: Any) -> str | None:  # noqa: ANN401 -- any JSON value
    if wanted is None:
        return "null became empty text" if found == "" else "null became a value"
    return "empty text became null" if wanted == "" else "value became null"


def _nested(wanted: Any, found: Any) -> str | None:  # noqa: ANN401 -- any JSON value
    if isinstance(found, str):
        try:
            found = json.loads(found, parse_float=Decimal)
        except ValueError:
            return "nested JSON became other text"
    if _plain(found) == _plain(wanted):
        return None
    if _plain(found, rounded=True) == _plain(wanted, rounded=True):
        return "digits of nested numbers lost"
    return "another nested value"


def _plain(value: Any, *, rounded: bool = False) -> Any:  # noqa: ANN401 -- any JSON value
    """Return a nested value in which equal numbers are equal, and texts and numbers are not."""
    if isinstance(value, dict):
        return {name: _plain(item, rounded=rounded) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, rounded=rounded) for item in value]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value) if rounded else Decimal(str(value))
    return value


def _number(wanted: Decimal, found: Any) -> str | None:  # noqa: ANN401 -- what a target returns
    try:
        number = Decimal(str(found))
    except InvalidOperation:
        return "number became other text"
    if number == wanted:
        return None
    return "digits of numbers lost" if float(number) == float(wanted) else "another number"


def _text(wanted: str, found: Any) -> str | None:  # noqa: ANN401 -- what a target returns
    text = found if isinstance(found, str) else str(found)
    if text == wanted:
        return None
    if text == wanted.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t"):
        return "line breaks became `\\n`"
    if text.replace("\r\n", "\n").replace("\r", "\n") == wanted.replace("\r\n", "\n").replace(
        "\r", "\n"
    ):
        return "one line break became another"
    return "text cut off" if wanted.startswith(text) else "another text"


def _instant(value: Any) -> Any:  # noqa: ANN401 -- what a target returns
    """Return a date-time as an instant; one without a zone is taken as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
    return zoned.astimezone(UTC)


def _show(value: Any) -> str:  # noqa: ANN401 -- any JSON value
    if value is MISSING:
        return "nothing"
    text = repr(str(value)) if isinstance(value, Decimal) else repr(value)
    shown = text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004 -- room in a table
    return f"`{shown}`".replace("|", "\\|")
