"""Replication values that are no date-times: none is compared in an order that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.sync.state.value_order import (
    DIGITS,
    NUMBER,
    TEXT,
    before_or_at,
    below,
    form_of,
    is_comparable,
    is_sure,
)
from tests.support.harness import Outcome, sync
from tests.support.json_server import JSONServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ID = {"id": {"type": "integer"}}
UNKNOWN = "`v` is text, and nobody knows in which order the API compares it"


@dataclass
class Table:
    """A list that a server gives out; whole, however it is asked, unless it has a filter."""

    server: JSONServer
    rows: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] | None = None
    finds: Callable[[Any, str], bool] = lambda _value, _since: True

    def __post_init__(self) -> None:
        """Serve the rows."""
        self.server.answer = lambda query: [
            row for row in self.rows if "since" not in query or self.finds(row["v"], query["since"])
        ]

    @property
    def asked(self) -> list[str | None]:
        """The start values of the requests so far."""
        return [query.get("since") for query in self.server.asked]

    def add(self, *values: object) -> None:
        """Add a row per value."""
        self.rows += [{"id": len(self.rows) + n, "v": v} for n, v in enumerate(values)]

    def run(
        self,
        *,
        schema: dict[str, Any] | None = None,
        filtered: bool = True,
        incremental: dict[str, Any] | None = None,
        catalog: dict[str, Any] | None = None,
        **settings: object,
    ) -> tuple[Outcome, dict[str, Any], list[int]]:
        """Read it once more: what came of it, its part of the report, and the keys that came."""
        asked = {"start_param": "since"} if filtered else {}
        incremental = {"cursor_path": "v"} | asked | (incremental or {})
        entry: dict[str, Any] = {
            "name": "things",
            "primary_key": "id",
            "endpoint": {"paginator": "single_page", "incremental": incremental},
        }
        if schema:
            entry["schema"] = {"type": "object", "properties": ID | {"v": schema}}
        config = {"base_url": self.server.url, "resources": [entry], **settings}
        outcome = sync(config, state=self.state, catalog=catalog)
        self.state = outcome.state or self.state
        keys = [record["id"] for record in outcome.records("things")]
        return outcome, outcome.stream("things"), keys

    @property
    def bookmark(self) -> Any:  # noqa: ANN401  # a value
        """What the next run starts from."""
        return (self.state or {})["bookmarks"]["things"].get("replication_key_value")


@pytest.fixture
def table() -> Iterator[Table]:
    with JSONServer() as server:
        yield Table(server)


@pytest.mark.parametrize(
    ("before", "then", "bookmark"),
    [
        pytest.param(["8", "9"], ["10", "11"], "11", id="numbers as text"),
        pytest.param([2**64, 2**64 + 1], [10**20], str(10**20), id="more than 64 bits"),
        pytest.param(["30/12/2023", "31/12/2023"], ["01/01/2024"], "31/12/2023", id="a day first"),
        pytest.param(
            ["Tue Jan 02 00:00:00 CET 2024"],
            ["Fri Jan 05 00:00:00 CET 2024"],
            "Tue Jan 02 00:00:00 CET 2024",
            id="a zone that several places call so",
        ),
        pytest.param([7], ["20", "100"], "100", id="numbers, then text"),
        pytest.param(["v9"], ["v10"], "v9", id="versions"),
    ],
)
def test_text_without_a_known_order_is_sent_and_not_proven(
    table: Table, before: list[object], then: list[object], bookmark: str
) -> None:
    table.add(*before)
    first = table.run()[1]
    assert first["verdict"] == "proven", "everything was asked for"
    table.add(*then)
    outcome, part, keys = table.run()
    assert set(range(len(before), len(before) + len(then))) <= set(keys)
    assert (part["status"], part["verdict"], part["passes"]) == ("succeeded", "not proven", 1)
    assert part["reasons"][0].startswith(UNKNOWN)
    assert any(UNKNOWN in line and "on_missing_key" not in line for line in outcome.log)
    assert table.bookmark == bookmark
    failed = table.run(verify="fail")[1]
    assert failed["status"] == "failed"


def test_where_everything_is_asked_for_nothing_can_be_left_out(table: Table) -> None:
    table.add("v9")
    table.run(filtered=False)
    table.add("v10")
    _, part, keys = table.run(filtered=False)
    assert (part["verdict"], keys) == ("proven", [0, 1])


@pytest.mark.parametrize(
    ("before", "then"),
    [
        pytest.param(["2023-12-30", "2023-12-31"], ["2024-01-01", "2024-01-05"], id="days"),
        pytest.param(["2023-11", "2023-12"], ["2024-01", "2024-02"], id="months"),
        pytest.param([8, 9], [10, 11], id="integers"),
        pytest.param([1.5, 2.5], [10.5, 3], id="numbers"),
    ],
)
def test_days_and_numbers_have_an_order(
    table: Table, before: list[object], then: list[object]
) -> None:
    table.add(*before)
    table.run()
    table.add(*then)
    _, part, keys = table.run()
    assert (part["verdict"], keys, part["outside_range"]) == ("proven", [1, 2, 3], 1)


def test_declared_as_an_integer_text_is_compared_as_one(table: Table) -> None:
    table.add("8", "9")
    table.run()
    table.add("10", "11")
    _, part, keys = table.run(schema={"type": ["integer", "null"]})
    assert (part["verdict"], table.bookmark) == ("proven", 11)
    assert {2, 3} <= set(keys)


@pytest.mark.parametrize("odd", ["unknown", "", 1_700_000_000])
@pytest.mark.parametrize("at_first", [True, False])
def test_a_value_that_is_no_time_makes_no_bookmark_of_its_own(
    table: Table,
    odd: object,
    at_first: bool,  # noqa: FBT001  # of pytest
) -> None:
    table.add("2023-12-30 00:00:00", "2023-12-31 08:00:00")
    if not at_first:
        table.run()
    table.add(odd, "2024-01-02 00:00:00")
    _, part, keys = table.run()
    assert (part["verdict"], part["kept"]) == ("proven", 1)
    assert {2, 3} <= set(keys)
    table.add("2024-02-02 00:00:00", "2024-03-02 00:00:00")
    _, part, keys = table.run()
    assert (part["verdict"], keys) == ("proven", [2, 3, 4, 5])
    assert table.bookmark == "2024-03-02T00:00:00.000000Z"


def test_a_day_alone_stands_for_any_time_of_it(table: Table) -> None:
    table.add("2023-12-30T00:00:00Z", "2023-12-31T08:00:00Z")
    table.run()
    table.add("2023-12-31", "2024-01-05")
    _, part, keys = table.run()
    assert (part["verdict"], set(keys)) == ("proven", {1, 2, 3})


def test_declared_as_text_times_have_no_order(table: Table) -> None:
    text = {"type": ["string", "null"]}
    table.add("2023-12-31T23:00:00+00:00")
    table.run(schema=text)
    table.add("2023-12-31T23:30:00-05:00", "2024-01-01T00:30:00+00:00")
    _, part, keys = table.run(schema=text)
    assert (part["verdict"], keys) == ("not proven", [0, 1, 2])


def test_text_of_digits_is_a_number_where_the_field_is_one(table: Table) -> None:
    table.add(3, 5, 7, 10, 60, 100)
    given = {"initial_value": "5", "end_value": "60"}
    _, part, keys = table.run(incremental=given, start_date="2024-01-01")
    assert (part["verdict"], keys, table.asked[-1]) == ("proven", [1, 2, 3], "5")
    table.state = {"bookmarks": {"things": {"replication_key": "v", "replication_key_value": "60"}}}
    _, part, keys = table.run()
    assert (part["verdict"], keys, table.bookmark) == ("proven", [4, 5], 100)


def test_a_bookmark_that_is_no_number_is_refused_where_the_field_is_one(table: Table) -> None:
    table.add(3)
    table.state = {
        "bookmarks": {"things": {"replication_key": "v", "replication_key_value": "unknown"}}
    }
    part = table.run()[1]
    assert part["status"] == "failed"
    assert "the bookmark or start value 'unknown' is no number" in part["error"]


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        pytest.param([100, 101], 101, "100", id="integers"),
        pytest.param([20240228, 20240301], 20240301, "20240229", id="integers that spell days"),
        pytest.param([2024022905, 2024030100], 2024030100, "2024022923", id="hours"),
        pytest.param([202312010000, 202401010000], 202401010000, "202312312359", id="minutes"),
        pytest.param(
            [20240301090000, 20240301100000], 20240301100000, "20240301095959", id="seconds"
        ),
        pytest.param(
            [20241300, 20241301], 20241301, "20241300", id="an integer that spells nothing"
        ),
        pytest.param([1.5, 2.5], 2.5, "2.4", id="numbers"),
        pytest.param(["2024-02-28", "2024-03-01"], "2024-03-01", "2024-02-29", id="days"),
        pytest.param(["2023-12", "2024-01"], "2024-01", "2023-12", id="months"),
    ],
)
@pytest.mark.parametrize("and_newer", [True, False])
def test_a_filter_that_leaves_its_bound_out_is_asked_one_step_earlier(
    table: Table,
    first: list[Any],
    second: Any,  # noqa: ANN401  # a value
    asked: str,
    and_newer: bool,  # noqa: FBT001  # of pytest
) -> None:
    number = Decimal if isinstance(second, int | float) else str
    table.finds = lambda value, since: number(str(value)) > number(since)  # type: ignore[operator]
    table.add(*first)
    table.run()
    came = table.bookmark
    table.add(second)
    if and_newer:
        table.add(second + 1 if number is Decimal else "2024-05-05"[: len(second)])
    _, part, _ = table.run()
    assert part["verdict"] == "not proven"
    assert "leaves out records of the value that it is asked for" in part["reasons"][0]
    assert table.bookmark == came
    table.server.asked.clear()
    _, part, keys = table.run()
    assert (part["verdict"], table.asked) == ("proven", [None, asked])
    assert 2 in keys
    table.run()
    assert table.asked[-1] == (asked if not and_newer else str(below(table.bookmark))), (
        "and so for ever"
    )


@pytest.mark.parametrize(
    ("first", "newer", "asked"),
    [
        pytest.param("2024-03-01T10:05Z", "2024-03-01T10:07Z", "2024-03-01T10:04Z", id="minutes"),
        pytest.param(
            "2024-03-01T10:05:00Z",
            "2024-03-01T10:07:00Z",
            "2024-03-01T10:04:59Z",
            id="minutes with seconds",
        ),
        pytest.param(
            "2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z", "2024-02-29T23:59:59Z", id="days"
        ),
    ],
)
@pytest.mark.parametrize("and_newer", [True, False])
def test_a_filter_that_leaves_out_a_whole_minute_is_asked_one_step_earlier(
    table: Table,
    first: str,
    newer: str,
    asked: str,
    and_newer: bool,  # noqa: FBT001  # of pytest
) -> None:
    table.finds = lambda value, since: value > since
    table.add(f"2024-01-02{first[10:]}", first)
    table.run()
    came = table.bookmark
    table.add(first, *[newer] * and_newer)
    _, part, keys = table.run()
    assert (part["verdict"], 2 in keys) == ("not proven", False)
    assert "leaves out records of the value that it is asked for" in part["reasons"][0]
    assert table.bookmark == came
    table.server.asked.clear()
    _, part, keys = table.run()
    assert (part["verdict"], 2 in keys) == ("proven", True)
    assert table.asked == [None, asked]
    table.rows.clear()
    table.add(*[newer] * 4)
    _, part, keys = table.run()
    assert (part["verdict"], keys) == ("proven", [0, 1, 2, 3]), "one step earlier for ever"


@pytest.mark.parametrize(
    ("form", "length", "asked"),
    [
        pytest.param("%Y-%m-%dT%H:%M", len("2024-03-01T10:05"), "2024-03-01T10:04", id="minutes"),
    ],
)
def test_a_filter_that_is_asked_in_minutes_and_leaves_them_out_is_asked_one_step_earlier(
    table: Table, form: str, length: int, asked: str
) -> None:
    table.finds = lambda value, since: value[:length] > since
    given = {"start_format": form}
    table.add("2024-03-01T08:00:07Z", "2024-03-01T10:05:10Z")
    table.run(incremental=given)
    came = table.bookmark
    table.add("2024-03-01T10:05:50Z")
    _, part, keys = table.run(incremental=given)
    assert (part["verdict"], 2 in keys, table.bookmark) == ("not proven", False, came)
    assert "leaves out records of the value that it is asked for" in part["reasons"][0]
    _, part, keys = table.run(incremental=given)
    assert (part["verdict"], 2 in keys, table.asked[-1]) == ("proven", True, asked)


@pytest.mark.parametrize("includes", [True, False])
def test_of_times_to_the_second_none_is_missing_at_the_bound(table: Table, includes: bool) -> None:  # noqa: FBT001  # of pytest
    table.finds = lambda value, since: value > since or (includes and value == since)
    table.add("2024-03-01T10:05:07Z", "2024-03-01T10:05:09Z")
    table.run()
    requests = []
    for second in (11, 13):
        table.rows.pop()
        table.add(f"2024-03-01T10:05:{second}Z")
        table.server.asked.clear()
        assert table.run()[1]["verdict"] == "proven"
        requests.append(len(table.asked))
    assert requests == [3, 2], "a sample for the schema, the page, and once the question"


def test_a_filter_that_has_its_bound_is_asked_for_it_once_where_its_record_changed(
    table: Table,
) -> None:
    table.finds = lambda value, since: int(value) >= int(since)
    table.add(1, 2)
    table.run()
    requests = []
    for value in (3, 4, 5):
        table.rows[1]["v"] = value
        table.server.asked.clear()
        part = table.run()[1]
        assert (part["verdict"], table.bookmark) == ("proven", value)
        requests.append(len(table.asked))
    assert requests == [3, 2, 2], "a sample for the schema, the page, and once the question"


def test_a_day_ahead_moves_no_bookmark_and_one_in_the_state_begins_today(table: Table) -> None:
    today = datetime.now(UTC).date()
    yesterday, ahead = (str(today + timedelta(days=days)) for days in (-1, 30_000))
    table.finds = lambda day, since: day >= since
    table.add(yesterday, ahead)
    table.run()
    assert table.bookmark == yesterday
    table.add(str(today))
    _, part, keys = table.run()
    assert (part["verdict"], keys) == ("proven", [0, 1, 2])
    # As a version that knew nothing of days has left it.
    table.state = {
        "bookmarks": {"things": {"replication_key": "v", "replication_key_value": ahead}}
    }
    _, part, keys = table.run()
    assert (part["verdict"], table.asked[-1], keys) == ("proven", str(today), [1, 2])


def test_a_time_where_values_are_days_is_its_day(table: Table) -> None:
    table.finds = lambda day, since: day >= since
    table.add("2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03")
    given = {"initial_value": "2026-01-01T00:00:00Z", "end_value": "2026-01-02T10:00:00Z"}
    _, part, keys = table.run(incremental=given)
    assert (part["verdict"], keys, table.asked[-1]) == ("proven", [1, 2], "2026-01-01")
    given["end_value"] = "2026-01-02T00:00:00Z"
    assert table.run(incremental=given)[2] == [1]


def test_a_filter_may_leave_out_the_value_of_a_key(table: Table) -> None:
    """As `since_id` does: no other record has it."""
    table.finds = lambda value, since: int(value) > int(since)
    for number in range(4):
        table.rows = [{"id": each, "v": each} for each in range(3 + number)]
        _, part, keys = table.run(incremental={"cursor_path": "id"})
        assert part["verdict"] == "proven"
        assert keys == ([0, 1, 2] if number == 0 else [2 + number])


@pytest.mark.parametrize(
    ("value", "lag", "asked"),
    [
        ("2024-03-01", 3 * 86_400, "2024-02-27"),
        ("2024-03-01", 1, "2024-02-29"),
        ("2024-03", 1, "2024-02"),
    ],
)
@pytest.mark.parametrize("by_setting", [True, False])
def test_a_lag_goes_back_by_days(
    table: Table,
    value: str,
    lag: int,
    asked: str,
    by_setting: bool,  # noqa: FBT001  # of pytest
) -> None:
    table.finds = lambda day, since: day >= since
    given: dict[str, Any] = {"lookback": lag} if by_setting else {"incremental": {"lag": lag}}
    table.add(value)
    table.run(**given)
    table.add(asked)
    _, part, keys = table.run(**given)
    assert (part["verdict"], table.asked[-1], keys) == ("proven", asked, [0, 1])
    assert table.bookmark == value


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_a_date_time_among_variants_is_one(table: Table, keyword: str) -> None:
    schema = {keyword: [{"type": "string", "format": "date-time"}, {"type": "null"}]}
    table.add("2024-01-05T02:00:00+02:00")
    table.run(schema=schema)
    assert table.bookmark == "2024-01-05T00:00:00.000000Z"
    table.add("2024-01-04T23:00:00-05:00")
    outcome, part, keys = table.run(schema=schema)
    assert (part["verdict"], 1 in keys) == ("proven", True)
    assert outcome.records("things")[-1]["v"] == "2024-01-05T04:00:00.000000Z"


def test_a_span_of_the_settings_is_read_as_a_whole(table: Table) -> None:
    table.add(*(f"2024-01-0{day}T00:00:00Z" for day in range(1, 10)))
    _, part, keys = table.run(
        incremental={"initial_value": "2024-01-07T00:00:00Z"},
        start_date="2024-01-03T00:00:00Z",
        end_date="2024-01-09T00:00:00Z",
    )
    assert (part["verdict"], keys) == ("proven", [2, 3, 4, 5, 6, 7])


def test_a_catalog_does_not_name_another_replication_key_than_the_filter(table: Table) -> None:
    table.add("2024-01-01T00:00:00Z")
    outcome = table.run()[0]
    schema = next(each for each in outcome.messages if each["type"] == "SCHEMA")["schema"]
    stream = {
        "tap_stream_id": "things",
        "stream": "things",
        "schema": schema,
        "key_properties": ["id"],
        "replication_key": "id",
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
    }
    part = table.run(catalog={"streams": [stream]})[1]
    assert part["status"] == "failed"
    assert (
        "the catalog names the replication key `id`, but the API is asked for what changed by `v`"
        in part["error"]
    )
    part = table.run(catalog={"streams": [stream]}, filtered=False)[1]
    assert part["verdict"] == "proven"


VALUES = st.one_of(
    st.integers(-20, 20),
    st.decimals(-20, 20, places=1),
    st.integers(-20, 20).map(str),
    st.dates().map(str),
    st.text(max_size=3),
)


@given(st.lists(VALUES, min_size=3, max_size=3))
def test_what_is_comparable_lies_in_one_order(values: list[Any]) -> None:
    forms = {form_of(value) for value in values}
    if not is_comparable(forms):
        return
    one, other, third = values
    assert before_or_at(one, other) or before_or_at(other, one)
    if before_or_at(one, other) and before_or_at(other, third):
        assert before_or_at(one, third)


def test_only_numbers_and_dates_in_one_form_are_sure() -> None:
    assert (form_of(7), form_of("7"), form_of("x7")) == (NUMBER, DIGITS, TEXT)
    assert is_sure({form_of("2024-01-01"), form_of("2025-12-31")})
    several: list[list[Any]] = [["7"], ["x"], ["2024-01-01", "2024-01"], [7, "2024-01-01"]]
    for values in several:
        assert not is_sure({form_of(value) for value in values})
