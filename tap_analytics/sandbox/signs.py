"""What a response says of where its page stands: numbers, totals, cursors and links.

A sign is a function of the `Place`; `ABSENT` stands for a sign that this response does not have.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .data.values import ABSENT
from .endpoints import FOREIGN_HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from .page_request import PageRequest
    from .store import Found


@dataclass
class Place:
    """Where a page stands.

    `parameter` is the request parameter that leads on, and `first` the first page's number;
    `by_id` says that the last record's key is the cursor.
    """

    page: PageRequest
    found: list[Found]
    number: int
    more: bool
    parameter: str
    first: int = 1
    cursor: bool = False
    by_id: bool = False

    @cached_property
    def total(self) -> int:
        """Return how many records the request can see."""
        return self.page.count()

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return -(-self.total // self.page.size)

    @property
    def last_cursor(self) -> str | None:
        """Return the cursor behind the last record of the page."""
        if not self.found:
            return self.page.request.query.get(self.parameter)
        last = self.found[-1]
        if self.by_id:
            return last.key
        position = self.page.store.position(self.page.view, last)
        return urlsafe_b64encode(json.dumps([self.number + 1, *position]).encode()).decode()

    def url(self, number: int) -> str:
        """Return the address of a page, or of what is behind the cursor."""
        host = FOREIGN_HOST if "foreign_links" in self.page.plan else self.page.base_url
        lead = self.last_cursor if self.cursor else number - 1 + self.first
        if self.parameter == "offset":
            lead = (number - 1) * self.page.size
        query = {**self.page.request.query, self.parameter: str(lead)}
        return f"{host}{self.page.request.path}?{urlencode(query)}"


def read_cursor(cursor: str) -> tuple[int, Any, float]:
    """Return the page number, and the position that it begins behind; `ValueError` if none."""
    number, value, place = json.loads(urlsafe_b64decode(cursor))
    return int(number), value, float(place)


def constant(value: object) -> Callable[[Place], object]:
    """Return a sign that always says the same."""
    return lambda _: value


def total(place: Place) -> int:
    """How many records the request can see."""
    return place.total


def unfiltered_total(place: Place) -> int:
    """How many records there are, whatever the filter says."""
    return place.page.store.count(replace(place.page.view, since=None, since_text=None))


def pages(place: Place) -> int:
    """How many pages there are."""
    return place.pages


def number(place: Place) -> int:
    """The number of this page, as it was asked for."""
    return place.number - 1 + place.first


def next_number(place: Place) -> int | None:
    """The number of the next page; null on the last."""
    return number(place) + 1 if place.more else None


def next_number_or_empty(place: Place) -> int | str:
    """The number of the next page; empty on the last."""
    return number(place) + 1 if place.more else ""


def previous_number(place: Place) -> int | None:
    """The number of the page before; null on the first."""
    return number(place) - 1 if place.number > 1 else None


def start(place: Place) -> int:
    """The position of the first record."""
    return place.page.start


def size(place: Place) -> int:
    """The page size."""
    return place.page.size


def has_more(place: Place) -> bool:
    """Whether there is more."""
    return place.more


def cursor(place: Place) -> str | None:
    """What leads to the next page; null on the last."""
    return place.last_cursor if place.more else None


def cursor_always(place: Place) -> str | None:
    """What leads behind the last record, on the last page too."""
    return place.last_cursor


def next_url(place: Place) -> str | None:
    """The address of the next page; null on the last."""
    return place.url(place.number + 1) if place.more else None


def next_url_or_absent(place: Place) -> Any:  # noqa: ANN401 -- text or ABSENT
    """The address of the next page; absent on the last."""
    return place.url(place.number + 1) if place.more else ABSENT


def previous_url(place: Place) -> str | None:
    """The address of the page before; null on the first."""
    return place.url(place.number - 1) if place.number > 1 else None


def link_header(place: Place) -> str:
    """The addresses of the first and the next page, as RFC 8288 has it."""
    links = {"first": place.url(1)}
    if place.more:
        links["next"] = place.url(place.number + 1)
    return ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
