"""Where the records of a response are, for a resource whose selector nobody named."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from tap_analytics.log_fields import fields
from tap_analytics.records.plain_lines import plain_logger
from tap_analytics.rest.response.document import JSONBody, NoRecordsError, RawRecords
from tap_analytics.rest.response.extractor import RecordExtractor, spelled
from tap_analytics.rest.response.sign_names import ERRORS
from tap_analytics.rest.response.signs import error_member

if TYPE_CHECKING:
    from collections.abc import Iterator

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

_OF_ERRORS = frozenset(("error", "errors", "message", "detail", "status", "code", "title", "type"))


class FindingExtractor(RecordExtractor):
    """Finds the list of records in the first response that has one, and keeps to it."""

    def __init__(self, name: str) -> None:
        """Await the first response that has a list; all later ones must have it there, too.

        Args:
            name: The stream's, for the log.
        """
        super().__init__("$", single=True)
        self._name = name
        self._found = False
        self._lock = Lock()

    def records(self, body: JSONBody) -> RawRecords:
        """The records of a response.

        Raises:
            NoRecordsError: There are several lists, or an error instead of records.
        """
        with self._lock:
            if not self._found:
                path = find_records(body)
                if path is None:
                    # All lists are empty: another page may tell which is the one.
                    return RawRecords([])
                self.use_selector(spelled(path))
                self._found = True
                log.info(
                    "%s: no `data_selector` is named: records are taken from `%s`.",
                    self._name,
                    self.selector,
                    extra=fields("records_found", self._name, data_selector=self.selector),
                )
        return super().records(body)


def find_records(body: JSONBody) -> tuple[str, ...] | None:
    """Where the records of a response are.

    Args:
        body: The response's.

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
    error = error_member(body)
    lists = {path: size for path, size in _lists(body, envelope, ()) if path[-1] not in ERRORS}
    usual = [path for path in lists if path[-1].lower() in _USUAL]
    likely = [path for path in lists if not _BESIDE & {name.lower() for name in path}]
    for candidates in (usual, likely, list(lists)):
        if len(candidates) == 1:
            return candidates[0]
    if not lists:
        if error or envelope.keys() <= _OF_ERRORS:
            message = "the response has no list, and reads like an error"
            raise NoRecordsError(message)
        # `{"data": null}` is how some languages write an empty list.
        others = [item for name, item in envelope.items() if name not in ERRORS]
        return None if all(body.scalar(item) is None for item in others) else ()
    candidates = usual or likely or list(lists)
    if not any(lists[path] for path in candidates):
        return None
    names = ", ".join(f"`{spelled(path)}`" for path in candidates)
    message = f"the response has several lists: set `data_selector` to one of {names}"
    raise NoRecordsError(message)


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
