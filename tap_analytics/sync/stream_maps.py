"""Records on the SDK's way out, through its stream maps: no value goes where no column is.

Flattening makes columns of what the schema names inside objects. What it does not name would get
names that the SCHEMA message lacks, and no target takes it: it goes to `additional_properties`.
"""

from __future__ import annotations

import re
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from simpleeval import (
    AttributeDoesNotExist,
    FunctionNotDefined,
    InvalidExpression,
    NameNotDefined,
)
from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import MAPPER_FILTER_OPTION, PluginMapper

from tap_analytics.exceptions import RunError, StreamError
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.kinds import only_variant, variants_of
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence

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
            RunError: A map does not fit the stream, or flattening would give two fields one name.
        """
        options = self.flattening_options
        if options.enabled and options.max_level > 0:
            schema = _flattenable(schema)
        try:
            super().register_raw_stream_schema(stream_name, schema, key_properties)
        except StreamMapConfigError as error:
            message = f"{stream_name}: `stream_maps` does not fit the stream: {error}"
            raise RunError(message) from error
        except MapExpressionError as error:
            message = f"{stream_name}: `__alias__` in `stream_maps` is not a name: {_why(error)}"
            raise RunError(message) from error
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
        for each in self.stream_maps[stream_name]:
            alias: object = each.stream_alias  # what an expression gave
            if not (alias and isinstance(alias, str)):
                message = f"{stream_name}: `__alias__` in `stream_maps` is not a name."
                raise RunError(message)


@contextmanager
def naming_expressions(stream: str) -> Iterator[None]:
    """Say in a sentence which expression of a stream's maps fails on a record.

    Args:
        stream: The name of the stream.

    Raises:
        StreamError: One does, or the record is nested too deeply.
    """
    try:
        yield
    except RecursionError as error:
        message = (
            f"{stream}: a record is nested too deeply for stream maps, flattening and a selection "
            "of its fields: take these away, or deselect the field."
        )
        raise StreamError(message) from error
    except Exception as error:
        frames = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)]
        evaluated = [values for values in frames if {"expr", "property_name"} <= values.keys()]
        if not evaluated:
            raise
        # What the SDK says quotes the expression, or values of the record: both may be secret.
        field = evaluated[-1]["property_name"]
        place = f"the expression of `{shown(field)}`" if field else f"`{MAPPER_FILTER_OPTION}`"
        message = f"{stream}: {place} in `stream_maps` fails on a record: {_why(error)}"
        raise StreamError(message) from error


def _why(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, MapExpressionError) else error
    if isinstance(cause, NameNotDefined):
        name = shown(cause.name)
        return (
            f"`{name}` is neither a field of it nor a function. Of a field that not every record "
            f"has, write `record.get('{name}')`."
        )
    if isinstance(cause, FunctionNotDefined):
        return f"there is no function `{shown(cause.func_name)}`."
    if isinstance(cause, AttributeDoesNotExist):
        return f"nothing there has `{shown(cause.attr)}`."
    if isinstance(cause, InvalidExpression):
        return f"the SDK's expressions cannot do that ({type(cause).__name__})."
    return (
        f"{type(error).__name__}. It must hold for every record, also where a field is null or "
        "of another type."
    )


def _flattenable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that flattening neither breaks at nor drops a field of.

    It drops an object with an empty list of fields, and a field without a type of its own whose
    first variant is a number or a boolean; it breaks at one whose first variant has no type.
    """
    parts = dict(schema)
    if "type" in parts and parts.get("properties") == {}:
        del parts["properties"]
    fields = parts.get("properties")
    if isinstance(fields, dict):
        parts["properties"] = {name: _flattenable(_typed(fields[name])) for name in fields}
    return parts


def _typed(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field's schema, with its one type where only a variant names that; `{}` is any value."""
    if "type" in field:
        return field
    variants = variants_of(only_variant(field))
    if len(variants) != 1:
        return {}
    [(kind, variant)] = variants.items()
    return {**variant, "type": [kind, "null"]}


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
        self._splits = _splits(_flattenable(stream.effective_schema), depth) if self._aside else {}

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
