"""A source with every oddity that makes a tap lose something.

It answers in this process, in virtual time. A number decides everything that happens in it.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

EPOCH = datetime(2026, 1, 31, tzinfo=UTC)
LATEST = 2.6
"""How late, in seconds, a change may show."""

SCHEMA: dict[str, Any] = {
    "properties": {
        "id": {"type": ["string", "null"]},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "version": {"type": ["integer", "null"]},
        "name": {"type": ["string", "null"]},
        "quantity": {"type": ["integer", "null"]},
    }
}


@dataclass
class Row:
    """A row; its name is another in each of its versions."""

    record: dict[str, Any]
    at: float | None
    version: int
    changed: float
    """When it was inserted or changed, which may be later than it says."""


@dataclass
class World:
    """What a source is like, and what happens to it, all decided by a number."""

    seed: int
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Make a table."""
        chance = self.chance = Random(self.seed)  # noqa: S311  # no secret
        self.now = 0.0
        self.names = self.versions = 0
        self.kind = chance.choice(["time", "time", "time", "number", "full"])
        self.form = chance.choice(["micro", "text", "seconds"])
        self.says = chance.choice(["total", "pages", "more", "nothing", "found total", "sign"])
        self.base = chance.choice([1, 1, 0]) if self.says in {"pages", "more", "nothing"} else 1
        self.names_base = self.base == 1 and chance.random() < 0.7
        self.knows_filter = self.says != "found total" or chance.random() < 0.7
        self.asked = 0
        self.last_page: tuple[int, list[int]] = (0, [])
        # Where nobody asks for a size, no server is taken to put fewer than ten on a page.
        self.size = 10 if self.says == "sign" else chance.choice([2, 3, 4])
        self.order = chance.choice(["key", "newest first", "oldest first"])
        self.ordered = self.kind == "time" and self.form == "micro" and chance.random() < 0.4
        self.busy = chance.choice([0.0, 0.1, 0.4, 0.8])
        self.odd = chance.choice([0.0, 0.0, 0.1, 0.3])
        self.aside = chance.choice(["kept", "kept", "deselected", "text"])
        self.settings: dict[str, Any] = {
            "on_invalid": chance.choice(["keep", "keep", "keep", "null", "fail"]),
            "on_missing_key": chance.choice(["skip", "skip", "hash"]),
            "verify": chance.choice(["warn", "warn", "fail"]),
            "concurrency": chance.choice([1, 1, 3]),
        }
        if chance.random() < 0.2:
            self.settings["start_date"] = (EPOCH - timedelta(seconds=400)).isoformat()
        self._play_further_oddities(Random(f"{self.seed} further"))  # noqa: S311  # no secret
        coarse = Random(f"{self.seed} coarse")  # noqa: S311  # no secret
        step = coarse.choice([0] * 14 + [60, 3_600, 86_400])
        self.step = step if self.kind == "time" else 0
        """How many seconds a time stands for, such as all of a minute; 0 where it says its own."""
        self.now = coarse.random() * self.step
        self.rows: list[Row] = []
        for _ in range(chance.choice([0, 1, self.size, self.size, 2 * self.size, 7])):
            self.insert(at=-chance.uniform(20, 600))

    def _play_further_oddities(self, chance: Random) -> None:
        self.sign = chance.choice(["has_more", "has_more", "total", "next", "next_cursor"])
        self.zone = chance.choice([0, 0, 0, 0, 0, 0, 20, 400, 18_000])
        """How many seconds later than it says a start value is taken for."""
        if "start_date" in self.settings and self.form != "text":
            # Of a start date that names its zone it is not looked at what becomes of it.
            self.zone = 0
        self.ends_with_count = self.knows_filter and chance.random() < 0.5
        """Whether a page ends where the count of all records does, as Django's pages do."""
        if self.says == "nothing" and chance.random() < 0.4:
            self.says, self.base, self.names_base, self.size = "link", 1, True, 10
        self.names_itself = chance.random() < 0.5
        """Whether the link of the last page is that of the page itself."""

    def text(self, at: float) -> str:
        """A modification time as this API writes it."""
        moment = EPOCH + timedelta(seconds=at)
        if self.form == "text":
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z" if self.form == "seconds" else f"{moment:%FT%T.%fZ}"

    def contents(self, key: str, at: float) -> Row:
        """A row of this key, with what is odd about it."""
        chance = self.chance
        self.names, self.versions = self.names + 1, self.versions + 1
        if self.form != "micro":
            at = float(at // 1)
        if self.step:
            at = float(at // self.step * self.step)
            self.happened["coarse time"] += 1
        record = {
            "id": key,
            "at": self.text(at),
            "version": self.versions,
            "name": f"name {self.names}",
            "quantity": self.names,
        }
        if chance.random() < self.odd:
            oddity = chance.choice(["value", "value", "no key", "other name", "no time", "unknown"])
            self.happened[oddity] += 1
            if oddity == "value":
                record["quantity"] = chance.choice([Decimal("700.5"), "A700", [1], {"a": None}])
            elif oddity == "unknown":
                record["colour"] = "red"
            elif oddity != "value":
                record["id"] = None
                if oddity == "other name":
                    record["Id"] = record.pop("id") or key
                if oddity == "no time":
                    record["at"] = None
        return Row(record, None if record["at"] is None else at, self.versions, self.now)

    def insert(self, at: float | None = None) -> None:
        """A row comes, somewhere."""
        at = self._moment("insert") if at is None else at
        key = f"{self.chance.random():.9f}"
        self.rows.append(self.contents(key, at))

    def _moment(self, what: str) -> float:
        late = self.chance.choice([0.0, 0.0, 1.0, LATEST])
        self.happened[f"late {what}" if late else what] += 1
        return self.now - late

    def edit(self, *, between: bool = False) -> None:
        """Something happens to the table, or nothing."""
        if self.chance.random() >= self.busy:
            return
        what = self.chance.choice(
            ["insert", "insert", "touch", "touch", "delete", "delete", "batch"]
        )
        if what in {"touch", "delete"} and not self.rows:
            return
        self.happened["between count and page"] += between
        if what in {"insert", "batch"}:
            self.happened["batch"] += what == "batch"
            for _ in range(self.size if what == "batch" else 1):
                self.insert()
            return
        place = self.chance.randrange(len(self.rows))
        row = self.rows.pop(place)
        if what == "touch":
            at = self._moment("touch")
            if row.at is not None:
                at = max(at, row.at)
            key = row.record.get("id") or row.record.get("Id") or f"{self.chance.random():.9f}"
            self.rows.insert(place, self.contents(str(key), at))
        else:
            self.happened["delete"] += 1

    def begin_run(self) -> None:
        """The tap starts: it may ask for two pages on trial."""
        self.asked = 0

    def _edit(self, *, between: bool = False) -> None:
        # A trial of where pages begin is told by two pages without a common record.
        if self.names_base or self.says in {"total", "found total", "sign"} or self.asked > 2:
            self.edit(between=between)

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer a request, in the place of a session."""
        query = dict(parse_qsl(urlsplit(str(request.url)).query))
        self.now += 0.01
        self.asked += 1
        self._edit()
        size = self._page_size(query)
        page = max(0, int(query.get("page", self.base)) - self.base)
        first = int(query.get("offset", page * size))
        count = len(self._selected(query if self.knows_filter else {}))
        self._edit(between=True)
        last = first + size
        if self._counts and self.ends_with_count:
            cut = len(self._selected(query)[count:last]) if count >= first else 0
            self.happened["ends with its count"] += cut > 0
            last = min(last, count)
        rows = self._selected(query)[first:last]
        self.now += 0.01
        self._look_for_a_repeated_page(page, [row.version for row in rows])
        body: dict[str, Any] = {"results": [row.record for row in rows]}
        more = first + size < count
        says = {
            "total": ("total", count),
            "pages": ("pages", -(-count // size)),
            "more": ("more", more),
            "found total": ("total", count),
            "sign": (self.sign, self._sign(more, count)),
            "link": ("next", self._link(query, page, more=more)),
        }
        if self.says in says:
            name, value = says[self.says]
            body[name] = value
            if self.says == "sign" and more:
                self.happened[f"sign of more: {self.sign}"] += 1
        self.happened["unfiltered total"] += not self.knows_filter and "since" in query
        return self._response(request, body)

    @property
    def _counts(self) -> bool:
        """Whether it counts its records before it selects them."""
        counts = self.says in {"total", "pages", "found total", "more", "link"}
        return counts or (self.says == "sign" and self.sign == "total")

    def _page_size(self, query: dict[str, str]) -> int:  # noqa: ARG002  # other sources heed it
        """How many records it puts on a page."""
        return self.size

    def _response(
        self, request: requests.PreparedRequest, body: dict[str, Any], status: int = 200
    ) -> requests.Response:
        response = requests.Response()
        response.status_code = status
        response.request, response.url = request, str(request.url)
        response._content = json.dumps(body, default=float).encode()  # as `requests` itself does
        date = EPOCH + timedelta(seconds=self.now)
        response.headers["Date"] = format_datetime(date.replace(microsecond=0), usegmt=True)
        return response

    def _sign(self, more: bool, count: int) -> object:  # noqa: FBT001  # what it says
        """What the one response says of more."""
        return {
            "has_more": more,
            "total": count,
            "next": 2 if more else None,
            "next_cursor": "a cursor" if more else None,
        }[self.sign]

    def _link(self, query: dict[str, str], page: int, *, more: bool) -> str | None:
        """The address of the next page, or, where it is the last, perhaps its own."""
        self.happened["names itself"] += self.names_itself and not more
        if not more and not self.names_itself:
            return None
        following = {**query, "page": str(page + self.base + 1)} if more else query
        return f"/items?{urlencode(following)}" if following else "/items"

    def _look_for_a_repeated_page(self, page: int, versions: list[int]) -> None:
        self.happened["repeated page"] += bool(versions) and self.last_page == (page - 1, versions)
        self.last_page = (page, versions)

    def _selected(self, query: dict[str, str]) -> list[Row]:
        rows = list(self.rows)
        since = query.get("since")
        if since is not None and self.kind == "time":
            asked = [row for row in rows if row.at is not None and self._from(row, since)]
            since = self._in_zone(since)
            rows = [row for row in rows if row.at is not None and self._from(row, since)]
            self.happened["hidden by the filter"] += len(asked) > len(rows)
        order = query.get("ordering")
        if order is not None:
            rows.sort(key=lambda row: (row.at is not None, row.at or 0.0))
            return rows[::-1] if order.startswith("-") else rows
        if self.order == "key":
            return sorted(rows, key=lambda row: str(row.record.get("id") or row.record.get("Id")))
        return sorted(rows, key=lambda row: row.version, reverse=self.order == "newest first")

    def _in_zone(self, since: str) -> str:
        """A start value as this API takes it."""
        if not self.zone:
            return since
        asked = datetime.fromisoformat(since)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return self.text((asked - EPOCH).total_seconds() + self.zone)

    def _from(self, row: Row, since: str) -> bool:
        if self.form == "text":
            return str(row.record["at"]) >= since
        asked = datetime.fromisoformat(since)
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return EPOCH + timedelta(seconds=row.at or 0.0) >= asked

    def schema(self) -> dict[str, Any]:
        """The schema of its rows, where somebody may have typed the additional ones as text."""
        kind = "string" if self.aside == "text" else "object"
        additional = {"additional_properties": {"type": [kind, "null"]}}
        return {"type": "object", "properties": {**SCHEMA["properties"], **additional}}

    def catalog(self) -> dict[str, Any]:
        """The catalog with what is selected."""
        selected = {
            (): True,
            ("properties", "additional_properties"): self.aside != "deselected",
        }
        return {
            "streams": [
                {
                    "tap_stream_id": "items",
                    "stream": "items",
                    "schema": self.schema(),
                    "key_properties": ["id"],
                    "replication_key": {"time": "at", "number": "version"}.get(self.kind),
                    "metadata": [
                        {"breadcrumb": list(path), "metadata": {"selected": wanted}}
                        for path, wanted in selected.items()
                    ],
                }
            ]
        }

    def config(self) -> dict[str, Any]:
        """The tap's settings for this source."""
        cursors: dict[str, dict[str, Any]] = {
            "time": {"cursor_path": "at", "start_param": "since"},
            "number": {"cursor_path": "version"},
        }
        incremental = cursors.get(self.kind)
        if incremental and self.ordered:
            incremental |= {"order_param": "ordering", "order_value": "at"}
        paginators: dict[str, dict[str, Any]] = {
            "total": {"type": "offset", "total_path": "total"},
            "pages": {"type": "page_number", "total_path": "pages"},
            "more": {"type": "page_number", "has_more_path": "more"},
            "nothing": {"type": "page_number"},
            "found total": {"type": "page_number"},
        }
        paginator: Any = "single_page"
        if self.says == "link":
            paginator = {"type": "json_link", "next_url_path": "next"}
        elif self.says != "sign":
            paginator = paginators[self.says] | {"limit": self.size}
            if self.says == "found total" or (self.names_base and self.says != "total"):
                paginator |= {"base_page": self.base}
        entry = {
            "name": "items",
            "primary_key": "id",
            "schema": {"type": "object", **SCHEMA},
            "endpoint": {
                "path": "/items",
                "data_selector": "results",
                "paginator": paginator,
                "incremental": incremental,
            },
        }
        return {
            "base_url": "http://127.0.0.1:9",
            "access_token": "a-token-of-the-odd-source",
            "resources": [entry],
            **self.settings,
        }
