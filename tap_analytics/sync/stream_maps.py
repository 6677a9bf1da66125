"""Records on the SDK's way out, through its stream maps: no value goes where no column is.

Flattening makes columns of what the schema names inside objects. What it does not name would get
names that the SCHEMA message lacks, and no target takes it: it goes to `additional_properties`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from singer_sdk.mapper import PluginMapper

from tap_analytics.exceptions import RunError
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from singer_sdk.helpers.types import Record
    from singer_sdk.mapper import StreamMap

    class _Stream(Protocol):
        @property
        def stream_maps(self) -> Sequence[StreamMap]: ...
        @property
        def effective_schema(self) -> dict[str, Any]: ...


class Mapper(PluginMapper):
    """The SDK's stream maps, with every object in a column that flattening leaves whole."""

    def register_raw_stream_schema(
        self, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        """Prepare the maps of a stream.

        Raises:
            RunError: Flattening would give two fields one name.
        """
        options = self.flattening_options
        if options.enabled and options.max_level > 0:
            schema = _without_empty_objects(schema)
        try:
            super().register_raw_stream_schema(stream_name, schema, key_properties)
        except ValueError as error:
            found = re.fullmatch(r"Duplicate column name produced in schema: (.+)", str(error))
            if found is None:
                raise
            message = (
                f"{stream_name}: flattening gives two fields the name `{shown(found[1])}`: set "
                "another `flattening_separator` or a longer `flattening_max_key_length`, or do not "
                "select one of them."
            )
            raise RunError(message) from error


def _without_empty_objects(schema: Any) -> Any:  # noqa: ANN401  # any part of a schema
    """A schema in which no object has an empty list of fields: flattening would drop it whole."""
    if isinstance(schema, list):
        return [_without_empty_objects(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    parts = dict(schema)
    if "type" in parts and parts.get("properties") == {}:
        del parts["properties"]
    fields = parts.get("properties")
    if isinstance(fields, dict):
        parts["properties"] = {name: _without_empty_objects(fields[name]) for name in fields}
    return parts


class _Split(NamedTuple):
    """An object that flattening makes several columns of."""

    known: frozenset[str]
    inner: Mapping[str, _Split]


class Columns:
    """The columns of one stream's output."""

    def __init__(self, stream: _Stream) -> None:
        """Look at what the SCHEMA messages of a stream name."""
        maps = stream.stream_maps
        self._known = {each.stream_alias: _fields(each.transformed_schema) for each in maps}
        aside = _fields(stream.effective_schema).get(ADDITIONAL_PROPERTIES)
        self._aside = aside is not None and any(
            ADDITIONAL_PROPERTIES in known for known in self._known.values()
        )
        depth = max(
            (each.flattening_options.max_level if each.flattening_options else 0)
            if each.flattening_enabled
            else 0
            for each in maps
        )
        self._splits = _splits(stream.effective_schema, depth) if self._aside else {}

    def put_aside(self, record: Record) -> None:
        """Move what flattening has no column for into `additional_properties`."""
        if not self._splits:
            return
        found: dict[str, Any] = {}
        _take_out(record, self._splits, "", found)
        if found:
            aside = dict(record.get(ADDITIONAL_PROPERTIES) or {})
            for place, value in found.items():
                while place in aside:
                    place += " (unknown)"  # noqa: PLW2901  # until it is free
                aside[place] = value
            record[ADDITIONAL_PROPERTIES] = aside

    def keep_known(self, name: str, record: Record, lost: Counter[str]) -> None:
        """Take out of a mapped record what its SCHEMA message does not name.

        Args:
            name: The output's name.
            record: The record as it would go out.
            lost: Counts the values that are nowhere in the output then.
        """
        known = self._known[name]
        if record.keys() <= known.keys():
            return
        for field in record.keys() - known.keys():
            value = record.pop(field)
            if value is not None and field != ADDITIONAL_PROPERTIES:
                lost[field] += 1


def _fields(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return schema.get("properties") or {}


def _splits(schema: Mapping[str, Any], depth: int) -> dict[str, _Split]:
    if not depth:
        return {}
    return {
        name: _Split(frozenset(_fields(field)), _splits(field, depth - 1))
        for name, field in _fields(schema).items()
        if _fields(field) and "object" in field.get("type", ())
    }


def _take_out(
    record: dict[str, Any], splits: Mapping[str, _Split], path: str, found: dict[str, Any]
) -> None:
    for name, split in splits.items():
        value = record.get(name)
        if not isinstance(value, dict):
            continue
        if not value.keys() <= split.known:
            value = record[name] = dict(value)
            for inner in [each for each in value if each not in split.known]:
                found[f"{path}{name}.{inner}"] = value.pop(inner)
        _take_out(value, split.inner, f"{path}{name}.", found)
