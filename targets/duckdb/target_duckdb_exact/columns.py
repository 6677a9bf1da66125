"""The columns of a stream: from its schema to a table's columns, and from a record to a row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from target_duckdb.db_sync import column_type, flatten_schema

from .exceptions import MessageError, NameRefusedError
from .identifiers import checked, excerpt, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SEPARATOR = "__"
"""What target-duckdb puts between the levels of a flattened column's name."""
_ALWAYS_JSON = {"null", "object", "array"}
_as_json = json.JSONEncoder().encode
"""What `json.dumps` does, without looking at options that nobody gave."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    """What the table calls it: the field's name in lower case, as target-duckdb has it."""
    path: tuple[str, ...]
    """The names that lead to its value in a record."""
    type: str
    always_json: bool
    """Whether texts and nulls in it are written as JSON too."""

    @property
    def clause(self) -> str:
        """The column's definition in SQL."""
        return f"{quoted(self.name)} {self.type}"


class Columns:
    """All columns of a stream, and which of them are its key."""

    def __init__(self, columns: Sequence[Column], keys: Sequence[int]) -> None:
        """Take the columns in their order, and the places of the key's columns."""
        self.all = tuple(columns)
        self.key = tuple(columns[place] for place in keys)
        self._keys = tuple(keys)
        self._names = [column.path[0] for column in columns]
        self._special = [
            (place, column)
            for place, column in enumerate(columns)
            if len(column.path) > 1 or column.always_json
        ]

    @classmethod
    def of(cls, message: Mapping[str, Any], max_level: int) -> Self:
        """Return the columns that a SCHEMA message asks for.

        Args:
            message: The message.
            max_level: How many levels of nested objects become columns of their own.

        Raises:
            MessageError: The schema or its key cannot be a table's.
            NameRefusedError: DuckDB cannot have a column of one of these names.
        """
        stream = excerpt(message["stream"])
        try:
            properties = flatten_schema(message["schema"], max_level=max_level)
            paths = dict(_leaves(message["schema"], max_level))
            columns = [
                Column(
                    name=checked(name, f"A field of stream {stream}").lower(),
                    path=paths.get(name, (name,)),
                    type=column_type(schema),
                    always_json=set(schema["type"]) == _ALWAYS_JSON,
                )
                for name, schema in properties.items()
            ]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            text = (
                f"The schema of stream {stream} cannot become a table's: "
                f"{excerpt(repr(error), 200)}. Every property needs a 'type'."
            )
            raise MessageError(text) from error
        if not columns:
            text = f"The schema of stream {stream} has no properties: a table needs a column."
            raise MessageError(text)
        _refuse_twins(stream, properties)
        order = list(properties)
        missing = [key for key in message["key_properties"] if key not in order]
        if missing:
            key = excerpt(str(missing[0]))
            text = f"Stream {stream} has {key} in its key, but not among its fields."
            raise MessageError(text)
        return cls(columns, [order.index(key) for key in message["key_properties"]])

    def row(self, record: Mapping[str, Any]) -> list[str]:
        """Return a record's cells as texts, in the columns' order; what is nested is JSON."""
        row: list[Any] = list(map(record.get, self._names))
        for place, column in self._special:
            row[place] = _cell(record, column)
        for place, kind in enumerate(map(type, row)):
            if kind is not str:
                cell = row[place]
                if cell is None:
                    row[place] = ""
                else:
                    row[place] = _as_json(cell) if kind is dict or kind is list else str(cell)
        return row

    def key_of(self, row: Sequence[str]) -> tuple[str, ...] | None:
        """Return what a row is told apart by within a batch; `None` where its key has a gap."""
        cells = tuple([row[place] for place in self._keys])
        return None if "" in cells else cells


def _leaves(
    schema: Mapping[str, Any], levels: int, above: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, part in schema.get("properties", {}).items():
        path = (*above, name)
        if levels > 0 and "object" in part.get("type", ()) and "properties" in part:
            yield from _leaves(part, levels - 1, path)
        else:
            yield SEPARATOR.join(path), path


def _cell(record: Mapping[str, Any], column: Column) -> Any:  # noqa: ANN401 -- any JSON value
    value: Any = record
    for name in column.path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return _as_json(value) if column.always_json or isinstance(value, dict | list) else value


def _refuse_twins(stream: str, names: Mapping[str, Any]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        twin = seen.setdefault(name.lower(), name)
        if twin != name:
            message = (
                f"Stream {stream} has the fields {excerpt(twin)} and {excerpt(name)}, "
                "which would be one column: DuckDB does not tell upper from lower case."
            )
            raise NameRefusedError(message)
