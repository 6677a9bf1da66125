"""The Singer messages of a run, one after the other, into their tables.

A state is let out only when every row that came before it is in its table. target-duckdb's own
loop lets it out when one stream's batch is full, while other streams' rows are still in memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import DecimalException
from typing import TYPE_CHECKING, Any, TextIO

import msgspec
from jsonschema import Draft7Validator, FormatChecker, ValidationError
from target_duckdb import (
    DEFAULT_BATCH_SIZE_ROWS,
    add_metadata_columns_to_schema,
    add_metadata_values_to_record,
    float_to_decimal,
)

from .columns import Columns
from .exceptions import MessageError, NameRefusedError
from .identifiers import excerpt
from .lines import Dialect
from .table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .database import Database


@dataclass(slots=True)
class Stream:
    """A stream's table, and its rows that are not in it yet."""

    columns: Columns
    table: Table
    validator: Draft7Validator | None
    pending: dict[Any, str] = field(default_factory=dict)
    """Lines of the next batch's file, by their keys."""


class Loader:
    """Takes messages, loads their rows, and lets the state out behind them."""

    def __init__(self, database: Database, config: Mapping[str, Any], output: TextIO) -> None:
        """Take the open database, target-duckdb's configuration, and where the state goes."""
        self._database = database
        self._config = config
        self._output = output
        self._dialect = Dialect.of(config)
        self._batch_size = int(config.get("batch_size_rows", DEFAULT_BATCH_SIZE_ROWS))
        self._with_metadata = bool(config.get("add_metadata_columns") or config.get("hard_delete"))
        self._streams: dict[str, Stream] = {}
        self._state: Any = None
        """The last state that came and has not gone out yet."""

    def load(self, lines: Iterable[bytes]) -> None:
        """Load all messages.

        Args:
            lines: The messages, one JSON object a line.

        Raises:
            TargetError: One of them cannot be loaded. What came before the last state that went
                out is in its tables.
        """
        for number, line in enumerate(lines, 1):
            message = _parsed(number, line)
            kind = message["type"]
            if kind == "RECORD":
                self._take_record(message)
            elif kind == "STATE":
                self._state = message["value"]
            elif kind == "SCHEMA":
                self._take_schema(message)
        self._flush()

    def _take_record(self, message: dict[str, Any]) -> None:
        name = message["stream"]
        stream = self._streams.get(name)
        if stream is None:
            text = f"A record of stream {excerpt(name)} came before the stream's schema."
            raise MessageError(text)
        record = message["record"]
        if stream.validator is not None:
            _validate(stream.validator, name, record)
        if self._with_metadata:
            record = add_metadata_values_to_record(message)
        row = stream.columns.row(record)
        pending = stream.pending
        key: Any = len(pending)
        if stream.columns.key:
            key = stream.columns.key_of(row)
            if key is None:
                keys = ", ".join(excerpt(column.name) for column in stream.columns.key)
                text = f"A record of stream {excerpt(name)} has no value in its key ({keys})."
                raise MessageError(text)
        pending[key] = self._dialect.line(row)
        if len(pending) >= self._batch_size:
            self._flush()

    def _take_schema(self, message: dict[str, Any]) -> None:
        name = message["stream"]
        known = self._streams.get(name)
        if known is not None and known.pending:
            self._flush()
        if not message["key_properties"] and self._config.get("primary_key_required", True):
            text = (
                f"Stream {excerpt(name)} has no key. To load it all the same, each record as a new "
                "row, set 'primary_key_required' to false."
            )
            raise MessageError(text)
        validator = None
        if self._config.get("validate_records"):
            schema = float_to_decimal(message["schema"])
            validator = Draft7Validator(schema, format_checker=FormatChecker())
        if self._with_metadata:
            message["schema"].setdefault("properties", {})
            message = add_metadata_columns_to_schema(message)
        columns = Columns.of(message, self._config.get("data_flattening_max_level", 0))
        table = Table(self._database, self._config, name, columns, self._dialect)
        for other, stream in self._streams.items():
            if other != name and stream.table.identity == table.identity:
                text = (
                    f"The streams {excerpt(other)} and {excerpt(name)} would go into one table: "
                    "their rows would be written over each other. Rename one with a stream map."
                )
                raise NameRefusedError(text)
        table.prepare()
        self._streams[name] = Stream(columns, table, validator)

    def _flush(self) -> None:
        """Load what is pending of every stream, and let the state out behind it."""
        for stream in self._streams.values():
            if stream.pending:
                stream.table.load(stream.pending.values())
                stream.pending = {}
                if self._config.get("hard_delete"):
                    stream.table.delete_flagged()
        if self._state is not None:
            self._output.write(json.dumps(self._state) + "\n")
            self._output.flush()
            self._state = None


_PARTS: dict[Any, dict[str, type]] = {
    "RECORD": {"stream": str, "record": dict},
    "STATE": {"value": object},
    "SCHEMA": {"stream": str, "schema": dict, "key_properties": list},
    "ACTIVATE_VERSION": {},  # target-duckdb keeps no versions.
}
"""What a message of each type must hold."""


_decode = msgspec.json.Decoder().decode


def _decoded(line: bytes) -> Any:  # noqa: ANN401 -- any JSON value
    """Return what `json.loads` returns, in less time.

    What only `json` takes, such as half a character, `NaN` or a number that becomes infinite, is
    left to it.
    """
    try:
        return _decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return json.loads(line)


def _parsed(number: int, line: bytes) -> dict[str, Any]:
    try:
        message = _decoded(line)
        parts = _PARTS[message["type"]]
        for name, kind in parts.items():
            if not isinstance(message[name], kind):
                text = f"Line {number} of the input has a wrong {excerpt(name)}."
                raise MessageError(text)
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        text = f"Line {number} of the input is no Singer message: {excerpt(repr(error))}."
        raise MessageError(text) from error
    return message  # type: ignore[no-any-return]  # Its type was looked up: it is an object.


def _validate(validator: Draft7Validator, stream: str, record: Mapping[str, Any]) -> None:
    """Refuse a record that does not fit its schema; its values stay out of the sentence."""
    try:
        validator.validate(float_to_decimal(record))
    except ValidationError as error:
        where, rule = excerpt(error.json_path), excerpt(str(error.validator))
        text = f"A record of stream {excerpt(stream)} breaks rule {rule} of its schema at {where}."
        raise MessageError(text) from None
    except DecimalException:
        text = (
            f"A record of stream {excerpt(stream)} cannot be validated: 'multipleOf' is not "
            "supported for numbers of so many digits. Take it out of the schema."
        )
        raise MessageError(text) from None
