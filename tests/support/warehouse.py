"""What a DuckDB that target-duckdb filled holds, and what it ought to hold.

The rules stand here a second time, in the simplest words: nothing of the tap is used to judge it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stored(database: Path, table: str, key: str) -> dict[Any, dict[str, Any]]:
    """Return the rows of a table by key; JSON columns decoded."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(f'SELECT * FROM main."{table}"')  # noqa: S608 -- a stream's name
        columns = [(column[0], str(column[1])) for column in found.description or []]
        rows = [
            {
                name: json.loads(value) if kind == "JSON" and value is not None else value
                for (name, kind), value in zip(columns, row, strict=True)
            }
            for row in found.fetchall()
        ]
    by_key = {row[key.lower()]: row for row in rows}
    assert len(by_key) == len(rows), f"{table} holds a key twice"
    return by_key


def differences(found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> list[str]:
    """Return, a line each, the rows and cells in which a table is not what it ought to be."""
    return [
        *(f"row {key!r} is missing" for key in wanted.keys() - found.keys()),
        *(f"row {key!r} is too much" for key in found.keys() - wanted.keys()),
        *(
            f"row {key!r}, {name}: {found[key].get(name)!r} instead of {row.get(name)!r}"
            for key, row in wanted.items()
            if key in found
            for name in sorted(row.keys() | found[key].keys())
            if found[key].get(name) != row.get(name)
        ),
    ]


def expected(records: Iterable[Mapping[str, Any]], schema: Mapping[str, Any]) -> dict[Any, Any]:
    """Return the rows that records of an API ought to become, by key."""
    properties = schema["properties"]
    (key,) = schema["required"]
    rows = {}
    for record in records:
        known = {name: value for name, value in record.items() if name in properties}
        unknown = {name: value for name, value in record.items() if name not in properties}
        kept: dict[str, Any] = {}
        for name, value in known.items():
            _fit(value, properties[name], name, kept)
        if unknown or kept:
            known["additional_properties"] = {**unknown, **kept}
        row = {
            name.lower(): _cell(known.get(name), property_schema)
            for name, property_schema in properties.items()
        }
        rows[row[key.lower()]] = row
    return rows


def _cell(value: Any, schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- any JSON value
    fit = _fit(value, schema)
    if fit == "":
        return None  # target-duckdb knows no empty text
    if isinstance(fit, str) and schema.get("format") == "date-time":
        return datetime.fromisoformat(fit).replace(tzinfo=None)
    return fit


def _fit(
    value: Any,  # noqa: ANN401 -- any JSON value
    schema: Mapping[str, Any],
    place: str = "",
    kept: dict[str, Any] | None = None,
) -> Any:  # noqa: ANN401 -- any JSON value
    """Return what a field holds of a value; what it cannot hold goes under its place in `kept`."""
    fit = _held(value, schema, place, kept)
    if fit is None and value is not None and kept is not None:
        kept[place] = value
    return fit


def _held(  # noqa: PLR0911 -- a line a type
    value: Any,  # noqa: ANN401 -- any JSON value
    schema: Mapping[str, Any],
    place: str,
    kept: dict[str, Any] | None,
) -> Any:  # noqa: ANN401 -- any JSON value
    kind = next((kind for kind in _kinds(schema) if kind != "null"), None)
    if value is None:
        return None
    if kind == "string" and schema.get("format") == "date-time":
        return _moment(value)
    if kind == "number":
        is_number = re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", str(value))
        return float(value) if is_number else None
    if kind == "integer":
        return int(value) if re.fullmatch(r"-?\d+", str(value)) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value).lower())
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return {
            _clean(name): _fit(item, properties.get(name, {}), f"{place}.{name}", kept)
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_fit(item, items, f"{place}[{n}]", kept) for n, item in enumerate(value)]
    if isinstance(value, str):
        return _clean(value)
    return float(value) if isinstance(value, Decimal) else value


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _clean(text: str) -> str:
    return "".join(
        letter for letter in text if letter != "\0" and not "\ud800" <= letter <= "\udfff"
    )


def _moment(value: object) -> str | None:
    epoch = re.fullmatch(r"/Date\((-?\d+)([+-]\d{4})?\)/", str(value))
    try:
        moment = (
            EPOCH + timedelta(milliseconds=int(epoch[1]))
            if epoch
            else datetime.fromisoformat(str(value))
        )
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
