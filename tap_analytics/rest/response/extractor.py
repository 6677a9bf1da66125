"""What a response says: its records, and what it tells about the whole."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.records.json import json_type_name
from tap_analytics.rest.response.counts import whole_number
from tap_analytics.rest.response.document import MISSING, JSONBody, NoRecordsError, RawRecords
from tap_analytics.rest.response.echoed_range import find_ranges
from tap_analytics.rest.response.error_members import ErrorMember, error_members
from tap_analytics.rest.response.key_paths import ANYWHERE, key_path
from tap_analytics.rest.response.left_out_lists import advice, may_be_empty
from tap_analytics.rest.response.sign_names import Error
from tap_analytics.rest.response.signs import (
    find_hints,
    find_signs,
    is_estimated,
    says_no,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.response.echoed_range import EchoedRange
    from tap_analytics.rest.response.signs import Hint, Sign


class PageInfo(Struct, frozen=True):
    """What one response says about the whole, besides its records.

    A field is None where the response does not say it; `has_next` is False for `next: null`.
    """

    records: int
    """How many its page holds, those that a filter in `data_selector` leaves out among them."""

    total: int | None = None
    page_count: int | None = None
    has_next: bool | None = None
    not_found: bool = False
    next_page_token: JSON = None
    """What the next page is asked for with, where only this response tells."""


class ListPlace(Struct):
    """Where a list of records was found."""

    selector: str | None = None
    """What selected it; None where there was none yet."""


class RecordExtractor:
    """Reads the responses of one stream; compiled once."""

    def __init__(
        self,
        data_selector: str,
        *,
        total_path: str | None = None,
        page_count_path: str | None = None,
        next_path: str | None = None,
        single: bool = False,
        ignored_signs: Collection[str] = (),
        list_place: ListPlace | None = None,
    ) -> None:
        """Compile a selector.

        Args:
            data_selector: Where the records are: `results`, `data.items`, a JSONPath, or `$`.
            total_path: Where the number of all records stands, if anywhere.
            page_count_path: Where the number of pages stands.
            next_path: Where the next page is named, or null on the last.
            single: Whether an object in the place of the list is the one record, and null is none.
            ignored_signs: Names of members that tell of no error. Where the selector is among them,
                a response without its list has no records.
            list_place: Keeps where a list was, for records that have no key: nothing else tells
                that an object in its place is none of them.
        """
        self.use_selector(data_selector)
        self._single = single
        self._total = _count_finder(total_path)
        self._page_count = _count_finder(page_count_path)
        self.page_count_path = page_count_path
        self._next = value_finder(next_path)
        self.next_path = next_path
        self._list_place = list_place
        self._ignored = {name.lower() for name in ignored_signs}
        self._successes: set[ErrorMember] | None = None
        """The codes that came beside records; None where none have come yet."""

    def use_selector(self, data_selector: str) -> None:
        """Find records there from now on."""
        self.selector = data_selector
        self._select, self._keys = _selector(data_selector)
        """The latter lead to the records; of a JSONPath to where it selects from what stands there.
        """
        self._names_beside = [frozenset[str]() for _ in self._keys]
        """The names in each object on the way to a list that had records."""
        self._cut_lists: Callable[[JSONBody], Iterable[str]] | None
        self._cut_lists = getattr(self._select, "cut_lists", None)
        self.selective = getattr(self._select, "selective", False)
        """Whether records are only a part of what a page of the server's holds."""
        self.nested = getattr(self._select, "nested", False)
        """Whether they are in lists within the items of the list that the server has."""

    def records(self, body: JSONBody, *, may_lack_list: bool = False) -> RawRecords:
        """The records of a response.

        Args:
            body: The response's.
            may_lack_list: Whether it is of a page behind the first, and the server may leave an
                empty list out: where a first one lacks it nobody knows whether it ever had one.

        Raises:
            NoRecordsError: There is no list where the selector says; or it is empty, and the
                response tells of an error.
        """
        found = self._select(body)
        records = found if isinstance(found, RawRecords) else RawRecords.from_json(found)
        if records is None and found is MISSING and self._lacks_empty_list(body, may_lack_list):
            records = RawRecords([])
        elif records is None:
            missing = found is MISSING and key_path(self.selector) is not None
            records = self._without_list(
                body.decoded(found), advice(self.selector, body) if missing else ""
            )
        if self._list_place and records.count and not records.single:
            self._list_place.selector = self.selector
        return self.without_errors(records, body)

    def without_errors(self, records: RawRecords, body: JSONBody) -> RawRecords:
        """The records of a response, which are known to be none where it tells of no error.

        Raises:
            NoRecordsError: There are none, and the response tells of an error.
        """
        if records.on_page:
            self._learn_successes(body)
            self._learn_names(body)
        elif (member := self.error_member(body, records)) and member.fails:
            message = (
                f"`{self.selector}` has none, and `{member.name}` tells of an error "
                f"(`ignore_signs: [{member.name}]` takes it for none)"
            )
            raise NoRecordsError(message)
        return records

    def _learn_names(self, body: JSONBody) -> None:
        """Which names stand beside a list that has records, and beside what leads to it."""
        keys = self._keys
        for depth, known in enumerate(self._names_beside):
            self._names_beside[depth] = known | body.members(body.raw(keys[:depth])).keys()

    def _lacks_empty_list(self, body: JSONBody, may_lack_list: bool) -> bool:  # noqa: FBT001  # private
        """Whether a response without its list has no records: the user or those before say it."""
        if self.selector.lower() in self._ignored:
            return may_be_empty(body)
        return may_lack_list and self._leaves_list_out(body)

    def _leaves_list_out(self, body: JSONBody) -> bool:
        """Whether a response is an envelope like those before it, without its list."""
        keys = self._keys
        if ANYWHERE in keys:
            return False
        for depth, known in enumerate(self._names_beside):
            found = body.raw(keys[:depth])
            if found is MISSING:
                return True
            is_object = body.scalar(found) is MISSING and RawRecords.from_json(found) is None
            if not (known and is_object and body.members(found).keys() <= known):
                return False
        return bool(self._names_beside)

    def _learn_successes(self, body: JSONBody) -> None:
        """The code that comes beside the first records tells of no error on an empty page."""
        if self._successes is None:
            failures = {*error_members(body, self._keys, any_came=True)}
            self._successes = {
                member
                for member in error_members(body, self._keys)
                if member.kind is Error.CODE and member not in failures
            }

    def _without_list(self, found: JSON, advice: str) -> RawRecords:
        """The records where no list stands, by what does."""
        if self._single and isinstance(found, dict):
            had_list = self._list_place and self._list_place.selector == self.selector
            if had_list and self.selector.lower() not in self._ignored:
                message = (
                    f"`{self.selector}` holds an object, where a response before had a list "
                    f"(`ignore_signs: [{self.selector}]` takes it for a record)"
                )
                raise NoRecordsError(message)
            return RawRecords([found], single=True)
        if self._single and found is None:
            # What some languages write for a list that is empty.
            return RawRecords([])
        what = "is not there" if found is MISSING else f"holds {json_type_name(found)}, not a list"
        message = f"`{self.selector}` {what}{advice}"
        raise NoRecordsError(message)

    def page_info(self, body: JSONBody, records: int, next_page_token: JSON = None) -> PageInfo:
        """What a response says about the whole.

        Args:
            body: The response's.
            records: How many records its page holds.
            next_page_token: What the paginator found of the next page in it.
        """
        named_next = self._next(body)
        return PageInfo(
            records=records,
            total=self._total(body),
            page_count=self._page_count(body),
            has_next=None if named_next is MISSING else not says_no(named_next),
            next_page_token=next_page_token,
        )

    def error_member(self, body: JSONBody, records: RawRecords) -> ErrorMember | None:
        """The member beside the records that tells of an error; None where nothing does."""
        # Where the body itself is the one record it has no envelope.
        if self._keys == () and self._single:
            return None
        found = self._first_error(error_members(body, self._keys, any_came=records.count > 0))
        if found is not None or self._cut_lists is None:
            return found
        return self._first_error(ErrorMember(name, Error.CUT) for name in self._cut_lists(body))

    def _first_error(self, members: Iterable[ErrorMember]) -> ErrorMember | None:
        """The gravest of some members; None where all are to be ignored."""
        found = [
            member
            for member in members
            if member.name.lower() not in self._ignored and member not in (self._successes or ())
        ]
        return next((member for member in found if member.fails), found[0] if found else None)

    def signs(self, body: JSONBody, headers: Mapping[str, str]) -> list[Sign]:
        """What the envelope and the headers of a response tell of more by names that are known."""
        return find_signs(body, headers, self._keys, single=self._single)

    def hints(self, body: JSONBody) -> list[Hint]:
        """What in the envelope of a response may tell of more, though its name is in no list."""
        return find_hints(body, self._keys, single=self._single)

    def ranges(self, body: JSONBody) -> Iterable[EchoedRange]:
        """The ranges of times for which the envelope of a response says that it stands."""
        return find_ranges(body, self._keys, single=self._single)


def _selector(path: str) -> tuple[Callable[[JSONBody], Any], tuple[str, ...]]:
    """A function that finds the records, a loop over keys where that is enough, and their keys."""
    names = key_path(path)
    if names is not None:
        return lambda body: body.raw(names), names
    # Imported where it is needed: few selectors are more than keys.
    from tap_analytics.rest.response.selection import Selection  # noqa: PLC0415

    selection = Selection(path)
    return selection, selection.keys


@cache
def path_keys(path: str) -> tuple[str, ...]:
    """The keys that a path consists of; of a JSONPath those in front of what it selects.

    None of what is no path, such as some names of headers.
    """
    names = key_path(path)
    if names is not None:
        return names
    from tap_analytics.rest.response.selection import keys_of  # noqa: PLC0415  # as above

    return keys_of(path)


def value_finder(path: str | None, *, lists: bool = False) -> Callable[[JSONBody], Any]:
    """A function that finds the one value which a path names; `MISSING` where there is none.

    Args:
        path: A path of keys, or a JSONPath; None finds nothing.
        lists: Whether the value may be a list; else the first item of one is the value.
    """
    if path is None:
        return lambda _: MISSING
    names = key_path(path)
    if names is not None:
        if lists:
            return lambda body: body.get(names)
        return lambda body: _first(body.get(names))
    from tap_analytics.rest.response.selection import matches  # noqa: PLC0415  # as above

    find = matches(path)
    if lists:
        return lambda body: _first(find(body))
    return lambda body: _first(_first(find(body)))


def _first(found: JSON) -> JSON:
    """The first of several values that were found; `MISSING` where there is none."""
    if isinstance(found, list):
        return found[0] if found else MISSING
    return found


def _count_finder(path: str | None) -> Callable[[JSONBody], int | None]:
    """A function that finds the count which a path names; None where it is no exact one."""
    find, find_beside = value_finder(path), _holder_finder(path or "")

    def count(body: JSONBody) -> int | None:
        found = whole_number(find(body))
        return None if found is None or is_estimated(body, find_beside(body)) else found

    return count


def _holder_finder(path: str) -> Callable[[JSONBody], Mapping[str, JSON]]:
    """A function that finds the members of the object which holds what a path names."""
    names = key_path(path)
    if names is not None:
        return lambda body: body.members(body.raw(names[:-1]))
    from tap_analytics.rest.response.selection import holder  # noqa: PLC0415  # as above

    return holder(path)
