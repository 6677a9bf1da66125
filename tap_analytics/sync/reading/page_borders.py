"""Where a cursor is a field of a page's last record: may others that share it be left out?

A server that goes on behind a value (`updated > cursor`) leaves out what has the same value and
found no place on the page. No later pass finds that: it asks for the same. What shows it is that
records share the field, and that no page has the value at which the one before it ended.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from msgspec.structs import replace

from tap_analytics.records.encoding import encode
from tap_analytics.records.json import value_under
from tap_analytics.sync.reading.page_overlap import PageOverlap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.paginators.paginator import Paginator

    Path = tuple[str, ...]

_HIGHEST_PLACE = 10**8
"""A lower number that a server names may be that of a page or of a record: no field's value."""


class PageBorders:
    """Compares the records on both sides of each border of two pages of a pass."""

    def __init__(self, paginator: Paginator, primary_keys: Sequence[str]) -> None:
        """Begin a pass.

        Args:
            paginator: Leads from page to page.
            primary_keys: The fields that no two records share, together.
        """
        self._paginator = paginator
        self._key = tuple(primary_keys)
        self._ends: dict[Path, bytes] | None = None
        """The fields that every cursor so far has equalled, with the last one's value."""
        self._shared: set[Path] = set()
        self._overlap = PageOverlap()

    @property
    def shared_field(self) -> str | None:
        """The field that has led from page to page and that records share; None where none has."""
        return next((".".join(path) for path in self._ends or () if path in self._shared), None)

    @property
    def overlap(self) -> bool:
        """Whether each page began with what the page before it ended with, up to the end."""
        return self._overlap.shows_all

    def observe(self, page: Page) -> None:
        """A page's turn has come."""
        if self._paginator.supports_prefetch or (self._ends == {} and not self._overlap.possible):
            return
        token = page.info.next_page_token
        leads = [] if token is None else self._values(token, page)
        records = page.records
        if self._ends is None:
            # Most cursors are no field at all: that is seen by one record.
            last = replace(records, items=records.items[-1:]).decode()
            self._ends = self._equal(last[-1], leads) if last else {}
        elif leads and not records.count:
            self._ends = {}
        # Where the cursor is no field, nothing is to be compared, and the page is not decoded.
        decoded = records.decode() if self._ends or self._overlap.is_followed else []
        equal = self._equal(decoded[-1], leads) if leads and decoded else {}
        self._overlap.page(decoded, equal)
        for path, end in list(self._ends.items()):
            values = [encode(value_under(record, path)) for record in decoded]
            runs = [(value, len(list(same))) for value, same in groupby(values)]
            border = page.key is not None and end in values
            if border or len({value for value, _ in runs}) < len(runs):
                # The value is not left out, or it does not order them.
                del self._ends[path]
            elif any(length > 1 for _, length in runs):
                self._shared.add(path)
        if leads and decoded:
            self._ends = {path: equal[path] for path in self._ends if path in equal}

    def _values(self, token: JSON, page: Page) -> list[JSON]:
        """What the next page is asked for with."""
        if isinstance(token, list) and len(token) == 1:
            return [token, token[0]]
        link = self._paginator.url(token)
        if link is None:
            return [token]
        here = parse_qsl(urlsplit(page.url).query)
        return [
            value for name, value in parse_qsl(urlsplit(link).query) if (name, value) not in here
        ]

    def _equal(self, record: JSON, leads: Sequence[JSON]) -> dict[Path, bytes]:
        """The fields of a record that equal one of some values, but for its key."""
        # `data[-1].updated` is a field, whatever its value is.
        is_field = "[" in (self._paginator.leads_by or "")
        texts = {_text(value) for value in leads if is_field or not _may_be_place(value)}
        return {
            path: encode(value)
            for path, value in _fields(record)
            if path != self._key and _text(value) in texts
        }


def _fields(record: dict[str, JSON], above: Path = ()) -> Iterator[tuple[Path, JSON]]:
    """Each field of a record that is no object, with the names that lead to it."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _fields(value, (*above, name))
        elif value is not None:
            yield (*above, name), value


def _text(value: JSON) -> str:
    """A value as a query has it."""
    return value if isinstance(value, str) else encode(value).decode()


def _may_be_place(value: JSON) -> bool:
    text = _text(value)
    return text.isdecimal() and int(text[:20]) < _HIGHEST_PLACE
