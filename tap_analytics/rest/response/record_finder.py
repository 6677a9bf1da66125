"""Where the records of a response are, for a resource whose selector nobody named."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from tap_analytics.log_fields import fields
from tap_analytics.records.names import listed
from tap_analytics.records.plain_lines import plain_logger
from tap_analytics.rest.response.document import JSONBody, NoRecordsError, RawRecords
from tap_analytics.rest.response.error_members import (
    NAMES_OF_ERRORS,
    error_members,
    reads_like_error,
)
from tap_analytics.rest.response.extractor import RecordExtractor
from tap_analytics.rest.response.sign_names import BODY, CONTAINERS, ERRORS, Error, plain_name
from tap_analytics.rest.response.signs import spelled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_analytics.rest.response.error_members import ErrorMember
    from tap_analytics.rest.response.extractor import ListPlace

log = plain_logger("tap-analytics.rest")

_DEPTH = 3
_USUAL = frozenset(
    (
        *("data", "items", "results", "entries", "records", "rows", "entities", "payload"),
        *("content", "objects", "values", "value", "list", "hits", "elements"),
    )
)
"""Names under which envelopes hold their records."""

_BESIDE = frozenset(
    (
        *("meta", "metadata", "pagination", "paging", "links", "_links", "errors", "warnings"),
        *("messages", "included", "extras", "headers", "facets", "aggregations", "schema"),
        "fields",
    )
)
"""Names of what stands beside the records."""

_OF_RESPONSES = ("errmsg", "kind", "etag", "apiVersion", "selfLink")

_OF_ENVELOPES = frozenset(
    plain_name(name.partition(".")[0])
    for name in (*BODY, *CONTAINERS, *_BESIDE, *NAMES_OF_ERRORS, *_OF_RESPONSES)
)
"""Names of what may stand beside the place of the records."""

_LISTS_OF_ERRORS = frozenset(name for name, (kind, _) in ERRORS.items() if kind is Error.HOLDS)


class FindingExtractor(RecordExtractor):
    """Finds the list of records in the first response that has one, and keeps to it."""

    def __init__(
        self,
        name: str,
        *,
        key: Collection[str] = (),
        ignored_signs: Collection[str] = (),
        list_place: ListPlace | None = None,
    ) -> None:
        """Await the first response that has a list; all later ones must have it there, too.

        Args:
            name: The stream's, for the log.
            key: The fields that each record has to have.
            ignored_signs: Names of members that tell of no error.
            list_place: Where a list was before, for records that have no key.
        """
        place = list_place and list_place.selector
        super().__init__(
            place or "$", single=True, ignored_signs=ignored_signs, list_place=list_place
        )
        self._name = name
        self._key = frozenset(key)
        self._found = place is not None
        self._may_be_envelope = False
        """Whether the first response may have been an envelope that left its empty list out."""
        self._lock = Lock()

    def records(self, body: JSONBody, *, may_lack_list: bool = False) -> RawRecords:
        """The records of a response.

        Args:
            body: The response's.
            may_lack_list: Whether it may have left an empty list out.

        Raises:
            NoRecordsError: There are several lists, or an error instead of records; or there is a
                list, though a response before, which had none, was taken for a record.
        """
        with self._lock:
            if self._may_be_envelope and (place := find_records(body, self._ignored)):
                message = (
                    f"`{spelled(place)}` holds a list, and a response before had none, so that it "
                    f"was taken for a record: set `data_selector: {spelled(place)}`, and to take "
                    f"such responses for empty lists `ignore_signs: [{spelled(place)}]`"
                )
                raise NoRecordsError(message)
            if not self._found:
                path = find_records(body, self._ignored)
                if path is None:
                    # All lists are empty: another page may tell which is the one.
                    return self.without_errors(RawRecords([]), body)
                members = body.members(body.raw(()))
                names = {*map(plain_name, members)}
                may_be_envelope = bool(not path and names and names <= _OF_ENVELOPES)
                if may_be_envelope and self._key and not self._key & members.keys():
                    message = (
                        f"the response has no list and no record, only {listed(list(members))}: if "
                        "its list is left out where it is empty, set `data_selector` to its name, "
                        "and put that into `ignore_signs`, too"
                    )
                    raise NoRecordsError(message)
                self.use_selector(spelled(path))
                self._found = True
                self._may_be_envelope = may_be_envelope
                log.info(
                    "%s: no `data_selector` is named: records are taken from `%s`.",
                    self._name,
                    self.selector,
                    extra=fields("records_found", self._name, data_selector=self.selector),
                )
        records = super().records(body, may_lack_list=may_lack_list)
        if records.single and self.selector == "$":
            _refuse_error(body, self._ignored)
        return records

    def error_member(self, body: JSONBody, records: RawRecords) -> ErrorMember | None:
        """The member beside the records that tells of an error; None where nothing does."""
        if self._found:
            return super().error_member(body, records)
        return self._first_error(error_members(body))


def find_records(body: JSONBody, ignored: Collection[str] = ()) -> tuple[str, ...] | None:
    """Where the records of a response are.

    Args:
        body: The response's.
        ignored: The names of members that tell of no error, in small letters.

    Returns:
        The keys that lead to the one list, or to the one object that is the record; None where
        there are several lists, and all are empty.

    Raises:
        NoRecordsError: Several lists may be the one, or the response is an error.
    """
    envelope = body.members(body.raw(()))
    if not envelope:
        if body.scalar(body.raw(())) is None:
            # So does Go write a list that was never made.
            return None
        if RawRecords.from_json(body.raw(())) is None:
            message = "the response is no list and no object with a list in it"
            raise NoRecordsError(message)
        return ()
    found = _lists(body, envelope, ())
    lists = {path: size for path, size in found if path[-1] not in _LISTS_OF_ERRORS}
    usual = [path for path in lists if path[-1].lower() in _USUAL]
    likely = [path for path in lists if not _BESIDE & {name.lower() for name in path}]
    if not (usual or likely):
        _refuse_error(body, ignored)
        if _has_no_records(body, envelope):
            return None
    for candidates in (usual, likely, list(lists)):
        if len(candidates) == 1:
            return candidates[0]
    if not lists:
        return ()
    candidates = usual or likely or list(lists)
    if not any(lists[path] for path in candidates):
        return None
    names = ", ".join(f"`{spelled(path)}`" for path in candidates)
    message = f"the response has several lists: set `data_selector` to one of {names}"
    raise NoRecordsError(message)


def _refuse_error(body: JSONBody, ignored: Collection[str]) -> None:
    """Raise where an object without a list of records is an error, and no record.

    A `status` may be a record's own, but beside the place of a list.
    """
    envelope = body.members(body.raw(()))
    is_envelope = any(name.lower() in _USUAL for name in envelope)
    tells = any(
        member.name.lower() not in ignored
        and member.fails
        and (is_envelope or member.kind is not Error.WORD)
        for member in error_members(body, may_be_record=not is_envelope)
    )
    if tells or reads_like_error(envelope):
        way_out = "" if is_envelope else " (`data_selector: $` takes it for a record)"
        message = f"the response has no list, and reads like an error{way_out}"
        raise NoRecordsError(message)


def _has_no_records(body: JSONBody, envelope: dict[str, Any]) -> bool:
    """Whether a null stands in the place of a list: so some languages write an empty one."""
    empty = {name for name, item in envelope.items() if body.scalar(item) is None}
    if any(name.lower() in _USUAL for name in empty):
        return all(plain_name(name) in _OF_ENVELOPES for name in envelope.keys() - empty)
    return envelope.keys() <= empty | _LISTS_OF_ERRORS


def _lists(
    body: JSONBody, members: dict[str, Any], at: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Each list, with the number of its items; not those within records."""
    for name, member in members.items():
        found = RawRecords.from_json(member)
        if found is not None:
            yield (*at, name), found.count
        elif len(at) + 1 < _DEPTH:
            yield from _lists(body, body.members(member), (*at, name))
