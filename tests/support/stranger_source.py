"""A source that is odder still: what some APIs do beside all that `odd_source.py` has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.odd_source import EPOCH, World

if TYPE_CHECKING:
    from random import Random

    import requests

    from tests.support.odd_source import Row

NUMBERED = {"pages", "more", "nothing", "found total"}
BUSY = 503
NOT_FOUND = 404
TRIALS = 2
"""So many requests at most find out where pages begin."""
TRIALS_OF_PAGES = 5
"""So many at most whether there are any."""


@dataclass
class StrangerWorld(World):
    """A world in which even the trials of the tap meet edits and outages."""

    def _play_further_oddities(self, chance: Random) -> None:
        super()._play_further_oddities(chance)
        self.skew = chance.choice([0.0, 0.0, -1.5, 1.5])
        """How far its clock is ahead of that by which its records are dated."""
        self.trials = TRIALS
        self.is_dated = chance.random() < 0.85
        self.fails = chance.choice([0.0, 0.0, 0.05, 0.2])
        """How often a request meets a server that is out of order."""
        self.limit = self.size
        """How many records it is asked for."""
        self.windows = self.kind != "number" and self.says in {"total", "nothing"}
        self.windows = self.windows and chance.random() < 0.5
        if self.windows:
            # Pages of a number take windows of 90 records at least.
            self.size = self.limit = chance.choice([8, 9, 12])
            self.ordered, self.base, self.names_base = False, 1, True
        elif self.says in NUMBERED | {"total"} and chance.random() < 0.3:
            self.limit = 3 * self.size
        self.misses = self.says in NUMBERED and chance.random() < 0.4
        """Whether behind its last page there is no page, and not an empty one."""
        self.counts_in_silence = self.misses and self.says == "nothing" and chance.random() < 0.7
        self.full_says_more = self.says == "more" and chance.random() < 0.3
        """Whether it says that more follows wherever a page is full."""
        self.counts_deleted = chance.choice([0, 0, 0, 0, 0, 2]) if self.says == "total" else 0
        """How many records it counts that it does not give out."""
        self.expires = chance.choice([0.0, 0.1]) if self.says == "link" else 0.0
        """How often the address of a further page is no longer good."""
        self.ties = chance.random() < 0.3
        self.ties_are_unordered = self.ties and chance.random() < 0.5
        self.begins_with = chance.choice([None, 3 * self.size, 5 * self.size])
        """How many records there are at first; as in other worlds where it is None."""

        self.heeds_order = chance.random() < 0.7
        """Whether it sorts as it is asked to."""
        told = {
            "counts in silence": self.counts_in_silence,
            "ties": self.ties,
            "many rows": self.begins_with is not None,
            "no date": not self.is_dated,
            "a clock ahead or behind": self.is_dated and self.skew,
            "asked for more than a page takes": self.limit > self.size,
        }
        self.happened.update(name for name, happens in told.items() if happens)

    def insert(self, at: float | None = None) -> None:
        """A row comes; before the first run many of one time, where records have ties."""
        if at is not None and self.ties:
            at = at // 200 * 200 - 20
        super().insert(at)
        while self.begins_with is not None and at is not None and len(self.rows) < self.begins_with:
            super().insert(-self.chance.choice([220, 420]) if self.ties else at - len(self.rows))

    def _edit(self, *, between: bool = False) -> None:
        # A batch that moves rows by a whole page makes page 1 what page 0 was.
        rows = len(self.rows)
        self.edit(between=between)
        if self.asked <= self.trials and not self.names_base and len(self.rows) > rows + 1:
            del self.rows[rows + 1 :]

    @property
    def _counts(self) -> bool:
        return super()._counts or self.counts_in_silence

    def _page_size(self, query: dict[str, str]) -> int:
        asked = int(query.get("limit") or query.get("page_size") or self.size)
        return min(asked, self.size)

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer a request, or not."""
        if self.chance.random() < self.fails:
            self.now += 0.02
            self.happened["out of order"] += 1
            return self._response(request, {"error": "try again"}, BUSY)
        query = dict(parse_qsl(urlsplit(str(request.url)).query))
        if "page" in query and self.chance.random() < self.expires:
            self.happened["an address expired"] += 1
            return self._response(request, {"error": "gone"}, NOT_FOUND)
        response = super().send(request)
        body = json.loads(response.content)
        page = int(query.get("page", self.base))
        if self.misses and page > self.base and not body["results"]:
            self.happened["no such page"] += 1
            return self._response(request, {"error": "no such page"}, NOT_FOUND)
        if self.full_says_more:
            body["more"] = len(body["results"]) == self._page_size(query)
            return self._response(request, body)
        if self.counts_deleted:
            self.happened["counts deleted ones"] += 1
            body["total"] += self.counts_deleted
            return self._response(request, body)
        return response

    def _response(
        self, request: requests.PreparedRequest, body: dict[str, Any], status: int = 200
    ) -> requests.Response:
        response = super()._response(request, body, status)
        if not self.is_dated:
            del response.headers["Date"]
        elif self.skew:
            date = EPOCH + timedelta(seconds=self.now + self.skew)
            response.headers["Date"] = format_datetime(date.replace(microsecond=0), usegmt=True)
        return response

    def _selected(self, query: dict[str, str]) -> list[Row]:
        if not self.heeds_order and "ordering" in query:
            self.happened["order not heeded"] += 1
            query = {name: value for name, value in query.items() if name != "ordering"}
        rows = super()._selected(query)
        order = query.get("ordering", "")
        if order.lstrip("-") == "id":
            rows.sort(key=lambda row: str(row.record.get("id") or row.record.get("Id")))
            return rows[::-1] if order.startswith("-") else rows
        if order and self.ties_are_unordered:
            self.chance.shuffle(rows)
            rows.sort(key=lambda row: (row.at is not None, row.at or 0.0))
            return rows[::-1] if order.startswith("-") else rows
        return rows

    def config(self) -> dict[str, Any]:
        """The tap's settings for this source."""
        config = super().config()
        entry = config["resources"][0]
        paginator = entry["endpoint"]["paginator"]
        if isinstance(paginator, dict) and "limit" in paginator:
            paginator["limit"] = self.limit
        if self.windows:
            entry["key_order_param"] = "ordering"
            entry["endpoint"]["paginator"] = {
                "type": "offset",
                "limit": self.limit,
                **({"total_path": "total"} if self.says == "total" else {"total_path": None}),
            }
        return config


@dataclass
class UnnamedWorld(StrangerWorld):
    """A world in which nobody says how the list pages."""

    def _play_further_oddities(self, chance: Random) -> None:
        super()._play_further_oddities(chance)
        # As in other worlds where nobody asks for a size: docs/completeness.md.
        self.size = self.limit = 10
        self.begins_with = chance.choice([None, 25, 40])
        self.windows = self.ordered = self.names_base = False
        if self.says in {"total", "sign"}:
            # These have one page, or an offset.
            self.says, self.counts_deleted = "nothing", 0
        self.trials = TRIALS_OF_PAGES

    def config(self) -> dict[str, Any]:
        """The tap's settings for this source."""
        config = super().config()
        del config["resources"][0]["endpoint"]["paginator"]
        return config
