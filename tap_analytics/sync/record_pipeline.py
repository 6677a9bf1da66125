"""The way of a record: conformed, keyed, judged, encoded, written. It never turns back."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MaxRecordsLimitException

from tap_analytics.exceptions import StreamError
from tap_analytics.records.added_fields import ROW_HASH
from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode, encode_sorted, record_envelope
from tap_analytics.rest.document import NoRecordsError, NotJSONError
from tap_analytics.sync.report import Counts

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.completeness.proof import CompletenessProof
    from tap_analytics.rest.pages import Page
    from tap_analytics.sync.bookmark import Bookmark
    from tap_analytics.sync.stream import SingerStream


class RecordPipeline:
    """Writes the records of one stream, or of one parent's part of a child stream.

    Everything that is decided per stream is decided here, before the first page.
    """

    def __init__(
        self,
        stream: SingerStream,
        context: Context | None,
        proof: CompletenessProof,
        bookmark: Bookmark | None,
    ) -> None:
        """Prepare the way.

        Args:
            stream: Whose records they are.
            context: What a child's records get of their parent's.
            proof: Observes every record.
            bookmark: Observes every replication value, and says which records are in the window.
        """
        self._stream = stream
        self._proof = proof
        self._bookmark = bookmark
        self._conformer = Conformer(stream.effective_schema)
        self._keys = tuple(stream.primary_keys)
        self._replication_key = str(stream.replication_key)
        self._inherited = {name: (context or {})[name] for name in stream.include_from_parent}
        self._hashed = ROW_HASH in self._keys
        self._plain = stream.sends_unchanged
        self._warned: set[str] = set()
        self.counts = Counts()
        self.certain_before: str | None = None
        """Records that changed later may not have been there when the pass began."""
        self.sent = 0

    def begin(self) -> None:
        """A pass starts: count anew."""
        self.counts = Counts()
        self._conformer.count_into(self.counts.unknown_fields, self.counts.converted)

    def write(self, page: Page) -> list[Record]:
        """Write what is wanted of a page.

        Returns:
            The records that an earlier pass has not sent like this, wanted or not.

        Raises:
            StreamError: A record cannot be read.
        """
        new: list[Record] = []
        out: list[Any] = []
        plain, proof = self._plain, self._proof
        for record in self._conformed(page):
            key = self._key(record)
            wanted, certain = self._classify(record)
            body = encode(record)
            contents = hash(body)
            unsent = proof.row(contents if key is None else key, contents, certain=certain)
            if key is None and self._keys:
                self._without_key()
                continue
            if not wanted:
                self.counts.older_than_bookmark += 1
            if unsent:
                new.append(record)
                if wanted:
                    out.append(body if plain else record)
        self._write(out, page)
        return new

    def _conformed(self, page: Page) -> list[Record]:
        try:
            records = page.records.decode(self.counts.removed_characters)
        except (NoRecordsError, NotJSONError) as error:
            message = f"{self._stream.name}: {page.label} cannot be read: {error}."
            raise StreamError(message) from error
        conform, non_conforming = self._conformer.conform, self._conformer.non_conforming
        for record in records:
            # Of the record as it came, whatever order its fields came in: neither the schema nor
            # the parent may give the same record another key in another run.
            row_hash = blake2b(encode_sorted(record), digest_size=16) if self._hashed else None
            if self._inherited:
                record.update(self._inherited)
            conform(record)
            if row_hash:
                record[ROW_HASH] = row_hash.hexdigest()
            if non_conforming:
                self._count_non_conforming(record)
        return records

    def _key(self, record: Record) -> int | None:
        """A hash of the record's key; None where it lacks it, or has none to have."""
        keys = self._keys
        if len(keys) == 1:
            key = record.get(keys[0])
            # As text, because numbers can share a hash: that of -1 is that of -2.
            return None if key is None else hash(str(key))
        values = [record.get(name) for name in keys]
        return hash(tuple(map(str, values))) if keys and None not in values else None

    def _classify(self, record: Record) -> tuple[bool, bool]:
        """Whether a record is wanted, and whether it was certainly there when the pass began."""
        bookmark = self._bookmark
        if bookmark is None:
            return True, False
        value = record.get(self._replication_key)
        if value is None:
            self.counts.without_replication_value += 1
            return True, False
        bookmark.observe(value)
        certain_before = self.certain_before
        return bookmark.includes(value), certain_before is not None and value < certain_before

    def _write(self, out: list[Any], page: Page) -> None:
        stream = self._stream
        limit = stream.ABORT_AT_RECORD_COUNT
        stopped = limit is not None and self.sent + len(out) > limit
        if stopped:
            out = out[: max(0, (limit or 0) - self.sent)]
        if stream.selected:
            self.sent += len(out)
            if self._plain:
                version = stream.version_to_activate
                before, after = record_envelope(stream.name, version, page.answered_at)
                stream.message_writer.write_records(out, before, after)
            else:
                stream.write_mapped(out, stream.version_to_activate)
        if stopped:
            stream.flush()
            stream.abort(MaxRecordsLimitException("The dry run's records have been read."))

    def _count_non_conforming(self, record: Record) -> None:
        for path in self._conformer.non_conforming:
            self.counts.nulls[path] += 1
            if path not in self._warned:
                self._warned.add(path)
                key = ", ".join(str(record.get(name)) for name in self._keys)
                self._stream.logger.warning(
                    "%s: `%s` of the record with key %s is not what the schema says and became "
                    "null; further ones are counted in the report.",
                    self._stream.name,
                    path,
                    key,
                )
        self._conformer.non_conforming.clear()

    def _without_key(self) -> None:
        if not self.counts.without_key and "" not in self._warned:
            self._warned.add("")
            self._stream.logger.warning(
                "%s: a record came without its key (%s) and is not sent; further ones are counted "
                "in the report. The key can be set with `primary_key` in `resources`.",
                self._stream.name,
                ", ".join(self._keys),
            )
        self.counts.without_key += 1
