"""Values that their fields cannot hold: whether they are in the output, and were logged before."""

from __future__ import annotations

from copy import deepcopy
from json import loads
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._catalog import pop_deselected_record_properties

from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.records.names import shown
from tap_analytics.records.scalars import to_text
from tap_analytics.sync.stream_maps import naming_expressions

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from singer_sdk.helpers.types import Record

    from tap_analytics.records.non_conforming import NonConforming
    from tap_analytics.sync.stream import SingerStream

MOST_LOGGED = 100
"""The most fields that the state remembers: of further ones each run tells again."""

KEPT = f"the value is kept in `{ADDITIONAL_PROPERTIES}`"
LOST = "the value is nowhere in the output"
LEFT_OUT = "the record is left out, as `stream_maps` says"
"""What becomes of a value that its field cannot hold."""

STATE_KEY = "invalid_fields"


class KeptValues:
    """Says which of the values in `additional_properties` a target gets to see."""

    def __init__(self, stream: SingerStream) -> None:
        """Look at what of a stream goes out."""
        self._stream = stream
        self._plain = stream.sends_unchanged
        properties = stream.effective_schema.get("properties") or {}
        self._object = _may_be_object(properties.get(ADDITIONAL_PROPERTIES))
        self._absent = not self._object
        self._left_out_for_null = False

    @property
    def has_place(self) -> bool:
        """Whether fields that the schema does not know stand in the output, or nobody wants any."""
        return self._object or not self._stream.selected

    @property
    def why_lost(self) -> str:
        """Why values are nowhere in the output, in words."""
        reasons = []
        if self._left_out_for_null:
            reasons.append("a filter of `stream_maps` left their record out, as it saw null")
        if self._absent or not reasons:
            reasons.append(f"`{ADDITIONAL_PROPERTIES}` is not in it as an object")
        return " or ".join(reasons)

    def fate(self, record: Record, found: NonConforming) -> str:
        """What becomes of a value that its field cannot hold, in words.

        Args:
            record: The record, with the value in `additional_properties`.
            found: The value.
        """
        if not self._stream.selected or self._plain:
            return KEPT if self.has_place else LOST
        sent = deepcopy(record)
        pop_deselected_record_properties(sent, self._stream.schema, self._stream.mask)
        outputs = self._outputs(sent)
        if any(_contained(mapped, known, found) for mapped, known in outputs):
            return KEPT
        if outputs:
            self._absent = True
            return LOST
        if found.place in sent and self._outputs(sent | {found.place: found.value}):
            self._left_out_for_null = True
            return LOST
        # A record that a filter of the user's leaves out is not missing.
        return LEFT_OUT

    def _outputs(self, record: Record) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """What goes out of a record, each with the fields that its SCHEMA message names."""
        outputs: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
        for stream_map in self._stream.stream_maps:
            with naming_expressions(self._stream.name):
                mapped = stream_map.transform(deepcopy(record))
            if mapped is not None:
                outputs.append((mapped, stream_map.transformed_schema.get("properties") or {}))
        return outputs


def _contained(record: Mapping[str, Any], known: Mapping[str, Any], found: NonConforming) -> bool:
    """Whether a record as it goes out has what was kept aside."""
    aside = record.get(ADDITIONAL_PROPERTIES)
    if ADDITIONAL_PROPERTIES not in known:
        return False
    if isinstance(aside, str):
        try:
            # Flattened: an object as JSON.
            aside = loads(aside)
        except ValueError:
            # A text that a stream map made of it.
            return found.place in aside and to_text(found.value) in aside
    elif not _may_be_object(known[ADDITIONAL_PROPERTIES]):
        return False
    return isinstance(aside, dict) and any(name.startswith(found.place) for name in aside)


def _may_be_object(schema: Mapping[str, Any] | None) -> bool:
    """Whether a field can hold any object."""
    if schema is None:
        return False
    kinds = schema.get("type", "object")
    return "object" in ([kinds] if isinstance(kinds, str) else kinds) and (
        schema.get("additionalProperties") is not False
    )


class LoggedFields:
    """The fields of one stream whose invalid values were logged, in this run or before."""

    def __init__(self, state: MutableMapping[str, Any]) -> None:
        """Take up what earlier runs have logged.

        Args:
            state: The stream's part of the state.
        """
        self._state = state
        held = state.get(STATE_KEY)
        self._logged = dict.fromkeys(held if isinstance(held, list) else ())
        self._remembered = len(self._logged)

    def is_new(self, path: str) -> bool:
        """Whether a field has not been logged yet; from now on it has."""
        name = shown(path)
        if name in self._logged:
            return False
        self._logged[name] = None
        return True

    def remember(self) -> bool:
        """Note in the state what was logged; whether that is new."""
        logged = list(self._logged)[:MOST_LOGGED]
        if len(logged) <= self._remembered:
            return False
        self._state[STATE_KEY] = logged
        return True


def is_one_text_key(schema: Mapping[str, Any], keys: Sequence[str]) -> bool:
    """Whether a key is one column of text, which any text fits into."""
    if len(keys) != 1 or keys[0] == ROW_HASH:
        return False
    field = (schema.get("properties") or {}).get(keys[0]) or {}
    kinds = field.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else {*kinds}
    return kinds - {"null"} == {"string"} and "format" not in field
