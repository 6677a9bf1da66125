"""Whether a filter compares the field that it is taken to compare, or one that looks like it.

A record that was only just made has one time in all its fields, and comes by any of them. It shows
nothing of a filter by the time at which records were made. One that came although its other times
lie before the start does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.encoding import encode, short_digest
from tap_analytics.records.scalars import NonConformingValue
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.sync.state.bookmark_in_state import NUMBERS
from tap_analytics.sync.state.epochs import parts_of_second
from tap_analytics.sync.state.value_order import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.stream import SingerStream

    Read = Callable[[object], Any]
    """Makes a value what values of the replication key are compared as; None for no such value."""

FIELD_KEY = "since_field"
"""The state's entry for by which question the field was shown, or when that was tried."""

FIELD_REASON = (
    "a record whose `{key}` is `{time}` does not come when it is asked for since then, and its "
    "`{others}` lies before: the API may compare that, so that changed records are missing. "
    "`start_param` names what it compares `{key}` with, or `cursor_path` another field"
)

LOOKS = 2
"""How often it is asked: a record may be changed between two requests."""


def other_field(
    stream: SingerStream,
    reader: PageReader,
    first: Page,
    old: Any,  # noqa: ANN401  # a value of the replication key
) -> Iterator[str]:
    """That a record is left out by its own time, which is later than others of its times.

    What the records of a reading show costs no request. The rest is asked for once a day, where new
    ones came, until it is shown; not of children, whose parts are many.

    Args:
        stream: Whose filter it is.
        reader: Asks from where the reading began.
        first: The first page of the reading.
        old: The bookmark that it began at.

    Raises:
        StreamError: A request failed as it would for every page.
        RunError: The same, for all streams.
    """
    shown, tried = asked_by(reader), f"{asked_by(reader)} {stream.run.clock.utc():%Y-%m-%d}"
    known = stream.stream_state.get(FIELD_KEY) in {shown, tried}
    came = [] if known or stream.parent_stream_type else _times_on(first, stream)
    names = rivals(came, reader.since)
    if not names or max(times.own for times in came) <= old:
        return
    told, comes = None, None
    for _ in range(LOOKS):
        told, comes = _look(stream, reader, first, names)
        if comes is not False:
            break
    if told is not None and comes is False:
        others = "`, `".join(sorted(told.before(names)))
        yield FIELD_REASON.format(key=stream.replication_key, time=told.own, others=others)
    else:
        all_told = comes and told is not None and told.before(names) == names
        stream.remember(FIELD_KEY, shown if all_told else tried)


def _look(
    stream: SingerStream, reader: PageReader, first: Page, names: set[str]
) -> tuple[Times | None, bool | None]:
    """A record that tells these fields from the replication key, and whether it comes by that.

    None where there is none, or where a response shows neither.
    """
    whole = reader.try_question(PageQuery(first.key))
    told = telling(_times_on(whole, stream), names)
    since: Any = told and stream.step_before(told.own)
    if told is None or since is None:
        return None, None
    page = reader.try_question(PageQuery(first.key, since))
    for times in _times_on(page, stream):
        if times.own <= told.own or any(
            times.others.get(name, since) < since for name in told.before(names)
        ):
            return told, True
    info = page.info
    leads_on = info.has_next or info.next_page_token is not None
    is_short = page.records.on_page < whole.records.on_page
    is_rest = is_short and not leads_on and not page.refused and page.body is not None
    return told, False if is_rest else None


def _times_on(page: Page, stream: SingerStream) -> list[Times]:
    """The times of the records of a page."""

    def read(value: object) -> Any:  # noqa: ANN401  # as above
        try:
            if stream.is_timestamp_replication_key:
                return utc_instant(value) if isinstance(value, str) else None
            found = number_of(value) if stream.replication_kind in NUMBERS else ""
        except (TypeError, ValueError, OverflowError, NonConformingValue):
            return None
        return found if parts_of_second(found, stream.run.clock.utc()) else None

    records = [] if page.refused else [*page.decoded()]
    for record in records:
        stream.derive(record)
    return [*times_of(records, str(stream.replication_key), read)]


def asked_by(reader: PageReader) -> str:
    """Where and by what parameter or header it is asked: what was shown holds for that only."""
    asked, whole = reader.since_requests(reader.since)
    names = [
        name
        for of_asked, of_whole in ((asked.params, whole.params), (asked.headers, whole.headers))
        for name in of_asked
        if of_asked[name] != of_whole.get(name)
    ]
    return short_digest(encode([whole.url, *names]))


class Times(Struct, frozen=True):
    """The times of a record: that of the replication key, and others by their names."""

    own: Any
    others: Mapping[str, Any]

    def before(self, names: Iterable[str]) -> set[str]:
        """The names of these under which it has a time before its own."""
        return {name for name in names if name in self.others and self.others[name] < self.own}


def times_of(records: Iterable[Mapping[str, Any]], own: str, read: Read) -> Iterator[Times]:
    """The times of records, as far as they have their own."""
    for record in records:
        value = read(record.get(own))
        if value is not None:
            found = {name: read(other) for name, other in _fields(record) if name != own}
            others = {name: time for name, time in found.items() if time is not None}
            yield Times(value, others)


def _fields(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a record, and those of the objects that it holds."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        else:
            yield name, value


def rivals(came: list[Times], since: Any) -> set[str]:  # noqa: ANN401  # a value of the replication key
    """The fields by which a filter may have brought these records, too.

    None of them lies before the start in any record, nor behind the record's own time: a record is
    made before it is changed.
    """
    names = {name for times in came for name in times.others}
    return {
        name
        for name in names
        if all(since <= times.others.get(name, since) <= times.own for times in came)
    }


def telling(there: Iterable[Times], names: set[str]) -> Times | None:
    """The latest of the records that most of these fields tell from the replication key."""
    found = [times for times in there if times.before(names)]
    return max(found, key=lambda times: (len(times.before(names)), times.own), default=None)
