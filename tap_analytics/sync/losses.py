"""What of the records that came is not in the output: counted, and told in sentences."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tap_analytics.http.redaction import redact
from tap_analytics.log_fields import fields
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.names import listed, several, shown
from tap_analytics.records.scalars import to_text
from tap_analytics.sync.kept_values import KEPT, LEFT_OUT, KeptValues, LoggedFields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers.types import Record

    from tap_analytics.records.json import JSON
    from tap_analytics.records.non_conforming import NonConforming
    from tap_analytics.reporting.report import Counts
    from tap_analytics.sync.stream import SingerStream

MOST_REDACTED = 10_000
"""The most characters of a value that are looked through before its beginning is told."""

MOST_NAMED = 100
"""The most fields of records without a key that are remembered, to name a few of them."""


class Losses:
    """Counts and tells records without their key, and values that their fields cannot hold."""

    def __init__(self, stream: SingerStream) -> None:
        """Await the records of one stream; after each pass `sentences` has what it lost.

        Args:
            stream: Whose records come.
        """
        self._stream = stream
        self._keys = tuple(stream.primary_keys)
        self._on_invalid = stream.run.settings.on_invalid
        self._kept_values = KeptValues(stream)
        self._logged_fields = LoggedFields(stream.stream_state)
        self._came_instead: dict[str, None] = {}
        self.without_column: Counter[str] = Counter()
        """Values for which the SCHEMA message has no name, as they were about to go out."""

    def invalid_values(
        self, record: Record, found: Sequence[NonConforming], counts: Counts
    ) -> None:
        """Values of a record do not fit their fields."""
        unsent = any(record.get(name) is None for name in self._keys)
        for each in found:
            (counts.nulls if each.instead is None else counts.converted)[each.path] += 1
            if unsent:
                # It is counted among those without their key.
                fate = "the record is not sent without its key"
            elif self._on_invalid == "null":
                counts.nulled += 1
                fate = "the value is dropped, as `on_invalid` says"
            else:
                fate = self._kept_values.fate(record, each)
                counts.kept += fate == KEPT
                counts.lost[each.path] += fate not in {KEPT, LEFT_OUT}
            if self._logged_fields.is_new(each.path):
                self._stream.logger.warning(
                    "%s: `%s` of the record with key %s is %s, %s where the schema says %s. The "
                    "field is %s, and %s; further ones are counted in the report.",
                    self._stream.name,
                    shown(each.place),
                    ", ".join(shown(str(record.get(name))) for name in self._keys),
                    self.excerpt(each.value),
                    each.came,
                    each.wanted,
                    each.instead or "null",
                    fate,
                    extra=fields("invalid_value", self._stream.name, field=shown(each.place)),
                )

    def escaped_texts(self, found: Counter[str], counts: Counts) -> None:
        """Texts of a page hold bytes that are not of the encoding which the server names."""
        for path, count in found.items():
            counts.converted[path] += count
            if self._logged_fields.is_new(path):
                self._stream.logger.warning(
                    "%s: `%s` has bytes that are not UTF-8, nor of an encoding that the response "
                    "names: they are written as `\\xfc`, so that none is lost; further ones are "
                    "counted in the report.",
                    self._stream.name,
                    shown(path),
                    extra=fields("invalid_bytes", self._stream.name, field=shown(path)),
                )

    def without_key(self, record: Record, counts: Counts) -> None:
        """A record came without its key."""
        counts.without_key += 1
        if len(self._came_instead) < MOST_NAMED:
            aside = record.get(ADDITIONAL_PROPERTIES)
            names = [*record, *(aside if isinstance(aside, dict) else ())]
            self._came_instead.update(
                (name, None)
                for name in names[:MOST_NAMED]
                if name != ADDITIONAL_PROPERTIES and name not in self._keys
            )

    def lost(self, counts: Counts) -> Counter[str]:
        """How many values of each field are nowhere in the output."""
        lost = counts.lost | self.without_column
        # They stand in `additional_properties`, which the catalog may not have.
        return lost if self._kept_values.has_place else lost | counts.unknown_fields

    def sentences(self, counts: Counts) -> list[str]:
        """What was counted that is not in the output, one sentence per reason."""
        found = []
        if count := counts.without_key:
            names = sorted(self._came_instead, key=self._unlike_the_key)
            its, was = ("its", "was") if count == 1 else ("their", "were")
            found.append(
                f"{several(count, 'record')} came without {its} key ({listed(self._keys)}) and "
                f"{was} not sent; "
                f"fields that came: {listed(names) or 'none'}"
            )
        if lost := self.lost(counts):
            names_and_counts = ", ".join(f"`{shown(name)}` {lost[name]}" for name in sorted(lost))
            found.append(
                f"values that no field can hold are nowhere in the output ({names_and_counts}), "
                f"because {self._kept_values.why_lost}"
            )
        return found

    def repeated_names(self) -> list[str]:
        """That objects in records have names twice."""
        return [
            f"an object in a record has `{shown(name)}` more than once, and of its values the last "
            f"one alone is read (`ignore_signs: [{shown(name)}]` says that this is the one)"
            for name in sorted(self._stream.repeated_names or ())
        ]

    def remember(self) -> bool:
        """Note in the state which fields have been told; whether that is new."""
        return self._logged_fields.remember()

    def excerpt(self, value: JSON) -> str:
        """A value for the log. It is redacted before it is cut: half a secret is not found."""
        secrets = self._stream.run.http_client.secrets()
        return shown(redact(to_text(value)[:MOST_REDACTED], secrets))

    def _unlike_the_key(self, name: str) -> bool:
        return name.lower() not in {key.lower() for key in self._keys}
