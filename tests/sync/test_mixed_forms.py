"""Times in several forms, and an API that compares them as text: none of them is left out."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Write = Callable[[datetime], str]

MOMENT = {"type": ["string", "null"], "format": "date-time"}
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "at": MOMENT}}
INCREMENTAL = {"cursor_path": "at", "start_param": "since", "end_param": "until"}
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
PER_PAGE = 20


def in_zone(hours: int) -> Write:
    shift = timedelta(hours=hours)
    return lambda moment: f"{moment + shift:%Y-%m-%dT%H:%M:%S}{hours:+03d}:00"


WRITTEN: dict[str, Write] = {
    "Z": lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    "blank": lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}",
    "east": in_zone(2),
    "west": in_zone(-11),
    "day": lambda moment: f"{moment:%Y-%m-%d}",
}
PAIRS = [(one, other) for one in ("Z", "blank", "east") for other in WRITTEN if one != other]


class _Source:
    """A table in pages, ordered by key, whose filter compares text; and what a target holds."""

    def __init__(self, server: JSONServer, concurrency: int) -> None:
        self.server = server
        self.concurrency = concurrency
        self.rows: list[dict[str, Any]] = []
        self.held: set[int] = set()
        self.state: dict[str, Any] | None = None
        server.answer = self.answer

    def answer(self, query: dict[str, str]) -> list[dict[str, Any]]:
        since, until = query.get("since", ""), query.get("until", "9")
        page = int(query.get("page", 1))
        found = [row for row in self.rows if since <= row["at"] < until]
        return found[(page - 1) * PER_PAGE : page * PER_PAGE]

    def add(self, *times: str) -> None:
        self.rows += [{"id": len(self.rows) + n, "at": at} for n, at in enumerate(times)]

    def run(self, initial_value: str | None = None, **settings: Any) -> dict[str, Any]:  # noqa: ANN401  # any setting
        entry = {
            "name": "things",
            "primary_key": "id",
            "schema": SCHEMA,
            "endpoint": {
                "data_selector": "$",
                "paginator": {"type": "page_number", "base_page": 1},
                "incremental": INCREMENTAL | {"initial_value": initial_value},
            },
        }
        config = {"base_url": self.server.url, "resources": [entry], **settings}
        outcome = sync(config | {"concurrency": self.concurrency}, state=self.state)
        self.state = outcome.state
        self.held |= {record["id"] for record in outcome.records("things")}
        return outcome.stream("things")

    @property
    def missing(self) -> set[int]:
        return {row["id"] for row in self.rows} - self.held


@contextmanager
def source(concurrency: int = 1) -> Iterator[_Source]:
    with JSONServer() as server:
        yield _Source(server, concurrency)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_table_with_two_forms_from_the_beginning(one: str, other: str) -> None:
    a, b = WRITTEN[one], WRITTEN[other]
    with source() as table:
        table.add(b(FIRST + timedelta(hours=5)), a(FIRST + timedelta(hours=6)))
        table.run()
        for day in range(1, 5):
            now = FIRST + timedelta(days=day)
            table.add(b(now - timedelta(hours=4)), a(now + timedelta(hours=6)))
            table.add(b(now + timedelta(hours=5)))
            part = table.run()
            assert (part["verdict"], table.missing) == ("proven", set())


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("quiet_runs", [0, 2])
def test_an_api_that_begins_to_write_another_form(one: str, other: str, quiet_runs: int) -> None:
    """What it hides at first holds the bookmark, and comes with the first that shows."""
    a, b = WRITTEN[one], WRITTEN[other]
    with source() as table:
        table.add(a(FIRST), a(FIRST + timedelta(hours=10)))
        table.run()
        table.add(b(FIRST + timedelta(hours=11)))
        for _ in range(quiet_runs):
            table.run()
        table.add(b(FIRST + timedelta(days=1)))
        assert (table.run()["verdict"], table.missing) == ("proven", set())
        assert (table.run()["verdict"], table.missing) == ("proven", set())


@pytest.mark.parametrize("concurrency", [1, 4])
def test_all_pages_of_a_pass_are_asked_in_one_form(concurrency: int) -> None:
    blank, other = WRITTEN["blank"], WRITTEN["Z"]
    with source(concurrency) as table:
        table.add(blank(FIRST))
        table.run()
        hour = FIRST + timedelta(hours=1)
        table.add(*(blank(hour + timedelta(seconds=second)) for second in range(50)))
        table.add(*(other(hour + timedelta(days=1, seconds=second)) for second in range(40)))
        table.rows[5]["at"] = other(hour)
        part = table.run()
        assert (part["verdict"], table.missing) == ("proven", set())
        # One question for signs of more asks for what changes tomorrow.
        asked = {query.get("since", "") for query in table.server.asked}
        assert {since for since in asked if "2023" < since < "2025"} == {
            "2024-01-01 00:00:00",
            "2023-12-30T00:00:00.000000Z",
        }


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_form_that_page_1_shows_does_not_narrow_the_pages_behind_it(concurrency: int) -> None:
    """As text, `00.5Z` comes before `00Z`, and behind the `00.000000Z` that page 1 was asked by."""
    with source(concurrency) as table:
        later = FIRST + timedelta(hours=1)
        table.add(*(WRITTEN["Z"](later + timedelta(seconds=second)) for second in range(45)))
        table.add("2024-01-01T00:00:00.500000Z", WRITTEN["Z"](later))
        part = table.run(start_date="2024-01-01T00:00:00Z")
        assert (part["verdict"], table.missing) == ("proven", set())


@pytest.mark.parametrize("forms", [[one] for one in WRITTEN if one != "day"] + [*map(list, PAIRS)])
@pytest.mark.parametrize("start", [None, 6])
def test_an_end_is_in_the_form_of_the_api_from_the_first_request_on(
    forms: list[str], start: int | None
) -> None:
    with source() as table:
        written = [WRITTEN[form] for form in forms if form != "day"]
        hours = [FIRST + timedelta(days=1, hours=hour) for hour in range(24)]
        table.add(*(written[n % len(written)](hour) for n, hour in enumerate(hours)))
        span = {"end_date": "2024-01-02T12:00:00Z"}
        span |= {} if start is None else {"start_date": f"2024-01-02T{start:02d}:00:00Z"}
        part = table.run(**span)
        assert part["verdict"] == "proven"
        assert table.held == set(range(start or 0, 12))


@pytest.mark.parametrize("zone", ["+00:00", "+02:00", "-05:00", "Z", ""])
@pytest.mark.parametrize("separator", ["T", " "])
@pytest.mark.parametrize("legacy", [True, False])
def test_a_fraction_that_is_left_out_where_it_is_0_costs_nothing(
    zone: str,
    separator: str,
    legacy: bool,  # noqa: FBT001  # of pytest
) -> None:
    """So Python, Go and PostgreSQL write times."""
    with source() as table:
        table.add(*(f"2024-01-01{separator}09:{minute:02d}:00.5{zone}" for minute in range(10)))
        whole, finer = (
            f"2024-01-01{separator}{at}{zone}" for at in ("10:00:00", "10:00:01.007919")
        )
        table.add(whole, finer)
        table.run()
        if legacy:
            # What the version before wrote for such values.
            assert table.state is not None
            table.state["bookmarks"]["things"]["start_format"] = "mixed"
        table.add(
            f"2024-01-01{separator}10:00:01.007919{zone}", f"2024-01-01{separator}11:00:00{zone}"
        )
        part = table.run()
        assert (part["verdict"], table.missing) == ("proven", set())
        before = len(table.server.asked)
        part = table.run()
        assert (part["verdict"], part["records"]) == ("proven", 1)
        # Two passes over two pages, and the question for signs of more.
        assert len(table.server.asked) - before <= 5


@pytest.mark.parametrize("form", ["Z", "blank", "east"])
def test_a_start_that_is_a_day_is_asked_for_once(form: str) -> None:
    with source() as table:
        table.add(*(WRITTEN[form](FIRST + timedelta(hours=hour)) for hour in range(10)))
        part = table.run(initial_value="2024-01-01")
        assert (part["verdict"], part["records"], table.missing) == ("proven", 10, set())
