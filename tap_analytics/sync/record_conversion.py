"""One record: from what the API sent to what goes out, a dict that fits its schema."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from tap_analytics.exceptions import StreamError
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode_sorted
from tap_analytics.records.json import value_at
from tap_analytics.records.non_conforming import InvalidValueError
from tap_analytics.reporting.report import Counts
from tap_analytics.rest.response.unloadable import Cleaning
from tap_analytics.sync.children import wanted_by_children
from tap_analytics.sync.kept_values import is_one_text_key
from tap_analytics.sync.key_forms import KeyForms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.page import Page
    from tap_analytics.sync.losses import Losses
    from tap_analytics.sync.stream import SingerStream


class RecordConversion:
    """Converts the records of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: SingerStream, context: Context | None, losses: Losses) -> None:
        """Decide what is the same for every record.

        Args:
            stream: Whose records they are.
            context: What a child's records get of their parent's.
            losses: Notes the values that their fields cannot hold.
        """
        self._stream = stream
        self._losses = losses
        schema = stream.effective_schema
        self._keys = tuple(stream.primary_keys)
        self._replication_key = str(stream.replication_key)
        self._hashed = ROW_HASH in self._keys
        inherited = {name: (context or {})[name] for name in stream.include_from_parent}
        self._derives = bool(stream.derived_fields)
        added = {ROW_HASH, *inherited} if self._hashed else inherited
        # Of a stream that is read for its children only, nothing is wanted, and all may be needed.
        unwanted = [path for path, wanted in stream.mask.items() if stream.selected and not wanted]
        self.key_forms = KeyForms()
        """How the keys came that are written otherwise; of none where nothing is verified."""
        self._conformer = Conformer(
            schema,
            added=added,
            left_out=unwanted,
            watched=() if stream.run.verify == "none" else self._keys,
            on_invalid=stream.run.settings.on_invalid,
        )
        self._start_values = stream.start_values
        self.key_can_be_filled = is_one_text_key(schema, self._keys)
        """Whether `on_missing_key: hash` has something to fill."""
        self._fills_key = stream.on_missing_key == "hash" and self.key_can_be_filled
        # The same for every record: they are made to fit once.
        self._inherited = dict(inherited)
        if inherited:
            self._inherited |= Conformer(schema).conform(Cleaning().clean(dict(inherited)))
            self._inherited.pop(ADDITIONAL_PROPERTIES, None)
        self._inherited_as_sent = inherited
        self._for_children = wanted_by_children(stream) - {ROW_HASH}
        self._originals: dict[str, str] | None = {} if self._for_children else None
        self._counts = Counts()
        self.adds_fields = bool(self._derives or self._hashed or self._inherited)
        """Whether records get fields that the API does not send with them."""
        self.came: list[Mapping[str, JSON]] = []
        """Of each record of the page what its children are asked for with, as the API sent it."""

    def count_in(self, counts: Counts) -> None:
        """Count in these from now on."""
        self._counts = counts
        self._conformer.count_into(counts.unknown_fields, counts.converted)

    def begin_page(self) -> Cleaning:
        """What cleans the records of a page, which are converted after that."""
        self.came = []
        return Cleaning(removed=self._counts.removed_characters, originals=self._originals)

    def convert(self, record: Record, page: Page, number: int) -> Record:
        """A record as it came, made to fit its schema, with the fields that it gets beside its own.

        Args:
            record: The record; it is changed in place.
            page: Its page.
            number: Which record of the page it is.

        Raises:
            StreamError: A field cannot hold its value, and the stream is to fail for it.
        """
        # Of the record as it came, whatever order its fields came in: neither the schema nor
        # the parent may give the same record another key in another run.
        fills_key = self._fills_key and record.get(self._keys[0]) is None
        hashed = self._hashed or fills_key
        row_hash = blake2b(encode_sorted(record), digest_size=16) if hashed else None
        if self._derives:
            self._derive(record)
        if self._for_children:
            self.came.append(self._as_sent(record))
        if self._start_values.observes:
            self._start_values.observe(record.get(self._replication_key))
        try:
            self._conformer.conform(record)
        except InvalidValueError as error:
            value = self._losses.excerpt(error.found.value)
            message = (
                f"{self._stream.name}: in a record of {page.label} {error}: {value}. "
                "Correct the schema, or set `on_invalid` to `keep`."
            )
            raise StreamError(message) from error
        self._take_key_form(number)
        if self._inherited:
            record.update(self._inherited)
        if row_hash and fills_key:
            record[self._keys[0]] = f"{ROW_HASH}:{row_hash.hexdigest()}"
            self._counts.filled_keys += 1
        elif row_hash:
            record[ROW_HASH] = row_hash.hexdigest()
        non_conforming = self._conformer.non_conforming
        if non_conforming:
            self._losses.invalid_values(record, non_conforming, self._counts)
            non_conforming.clear()
        return record

    def _take_key_form(self, number: int) -> None:
        if self._conformer.rewritten:
            self.key_forms.came(number, self._conformer.rewritten)
            self._conformer.rewritten.clear()

    def _as_sent(self, record: Record) -> dict[str, JSON]:
        """What the children of a record are asked for with, before anything is done with it."""
        values = {field: value_at(record, field) for field in self._for_children}
        if self._originals:
            values |= self._originals
            self._originals.clear()
        return values | self._inherited_as_sent

    def _derive(self, record: Record) -> None:
        """Give a record the fields from deeper in it; its own of such a name are kept beside."""
        own = {name: record[name] for name in self._stream.derived_fields if name in record}
        self._stream.derive(record)
        record.update({f"{name} (of the record)": value for name, value in own.items()})
