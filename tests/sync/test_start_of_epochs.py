"""A first run begins at `start_date` where the replication key is a number that counts time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sync.state.epoch_unit import EpochUnit, names_time, unit_of
from tap_analytics.sync.state.epochs import number_at
from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from tests.support.json_server import JSONServer

NOW = datetime.now(UTC)
START = NOW - timedelta(days=10)
DAYS = (30, 20, 11, 9, 5, 1)
UNITS = pytest.mark.parametrize("parts", [1, 10**3])
SENTENCE = "nobody knows in which unit its replication key"


class EpochAPI(SmallAPI):
    """Filters by a number, where it is asked to and can."""

    def __init__(self, values: list[Any], key: str = "updated", *, heeds: bool = True) -> None:
        """Hold a record for each value."""
        super().__init__(self._found)
        self.rows = [{"id": row, key: value} for row, value in enumerate(values)]
        self.heeds, self.key = heeds, key
        self.needs_start = False
        self.asked_for: float = 1
        """What a number that is asked for is multiplied by, to be one of the records' unit."""

    def _found(self, _path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        if self.needs_start and "since" not in query:
            return 400, {"message": "since is required"}
        try:
            since = float(query.get("since", 0)) * self.asked_for * self.heeds
        except ValueError:
            return 422, {"message": "since is a number"}
        return {"data": [row for row in self.rows if float(row[self.key] or since) >= since]}


def ago(parts: int, *days: float) -> list[Any]:
    return [number_at(NOW - timedelta(days=each), parts) for each in days]


def read(api: EpochAPI, state: Any = None, kind: Any = "integer", **incremental: Any) -> Any:  # noqa: ANN401  # any
    """Read from the start date on: the IDs that came, and the run."""
    entry = resource(
        "items",
        incremental={"cursor_path": api.key, "start_param": "since", **incremental},
        schema={"properties": {"id": {"type": "integer"}, api.key: {"type": [kind, "null"]}}},
    )
    outcome = api.read(entry, state=state, start_date=START.isoformat())
    assert outcome.stream("items")["verdict"] == "proven"
    return {row["id"] for row in outcome.records("items")}, outcome


def asked(api: JSONServer) -> list[str | None]:
    return [query.get("since") for query in api.asked]


@UNITS
@pytest.mark.parametrize("heeds", [True, False], ids=["filters", "does not filter"])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "learned"])
def test_a_first_run_begins_at_the_start_date(parts: int, heeds: bool, declared: bool) -> None:  # noqa: FBT001  # of pytest
    form = {"start_format": "%s" if parts == 1 else "%ms"} if declared else {}
    with EpochAPI(ago(parts, *DAYS), heeds=heeds) as api:
        found, outcome = read(api, **form)
        assert found == {3, 4, 5}
        start = str(number_at(START, parts))
        shown = str(api.rows[-1]["updated"] - parts)
        assert asked(api) == ([start] if declared else [None, shown, start])
        assert outcome.stream("items")["range_start"] == start
        assert not any(SENTENCE in line for line in outcome.log)
        # From then on the bookmark says it.
        before = len(api.asked)
        found, second = read(api, outcome.state, **form)
        assert found == {5}
        assert set(asked(api)[before:]) == {str(api.rows[-1]["updated"])}
        assert not any(SENTENCE in line for line in second.log)


@UNITS
def test_a_record_of_the_very_moment_is_read(parts: int) -> None:
    moment = number_at(START, parts)
    with EpochAPI([moment - 1, moment, moment + 1]) as api:
        assert read(api)[0] == {1, 2}


def test_numbers_with_a_fraction_and_numbers_as_text_are_numbers() -> None:
    values = [round(each + 0.25, 2) for each in ago(1, *DAYS)]
    with EpochAPI(values) as api:
        assert read(api, kind="number")[0] == {3, 4, 5}
    with EpochAPI([str(each) for each in ago(10**3, *DAYS)]) as api:
        assert read(api)[0] == {3, 4, 5}


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("serial", ago(1, *DAYS)),
        ("event_id", ago(10**3, *DAYS)),
        ("updated", [5, 6, 7]),
        ("updated", [*ago(1, *DAYS), 5]),
        ("updated", [*ago(1, 30), *ago(10**3, 20, 1)]),
    ],
    ids=["another name", "an ID", "small", "one small", "two units"],
)
def test_what_may_be_no_time_is_read_from_the_beginning_and_said(
    key: str, values: list[Any]
) -> None:
    with EpochAPI(values, key) as api:
        found, outcome = read(api)
    assert found == set(range(len(values)))
    (line,) = [line for line in outcome.log if SENTENCE in line]
    assert f"`{key}`" in line
    assert "`start_format` in its `incremental` names the unit" in line


def test_a_key_is_no_time() -> None:
    with EpochAPI(ago(1, *DAYS), "created") as api:
        entry = resource("items", incremental={"cursor_path": "created", "start_param": "since"})
        outcome = api.read({**entry, "primary_key": "created"}, start_date=START.isoformat())
    assert len(outcome.records("items")) == len(DAYS)
    assert any(SENTENCE in line for line in outcome.log)


def test_a_value_of_its_own_and_a_bookmark_go_before_the_start_date() -> None:
    with EpochAPI(ago(1, *DAYS)) as api:
        assert read(api, initial_value=api.rows[1]["updated"])[0] == {1, 2, 3, 4, 5}
        held = {"replication_key": "updated", "replication_key_value": api.rows[2]["updated"]}
        assert read(api, {"bookmarks": {"items": held}})[0] == {2, 3, 4, 5}


def test_what_says_no_time_of_that_unit_is_sent() -> None:
    """Such as 0 for never, or seconds among milliseconds: only a time is before the start."""
    never, null, seconds = 0, None, ago(1, 5)[0]
    with EpochAPI([*ago(10**3, 20, 5), never, null, seconds], heeds=False) as api:
        assert read(api, start_format="%ms")[0] == {1, 2, 3, 4}


@pytest.mark.parametrize("parts", [1, 10**3])
def test_a_filter_in_another_unit_than_the_values_is_heeded_where_it_is_declared(
    parts: int,
) -> None:
    other = 10**3 if parts == 1 else 1
    with EpochAPI(ago(parts, *DAYS)) as api:
        api.asked_for = parts / other
        form = "%ms" if other > 1 else "%s"
        found, first = read(api, start_format=form)
        assert found == {3, 4, 5}
        api.rows.append({"id": 9, "updated": ago(parts, 0.5)[0]})
        assert 9 in read(api, first.state, start_format=form)[0]


def test_a_filter_in_a_coarser_unit_than_the_values_is_not_asked_since_a_moment() -> None:
    """Nothing would come by it."""
    with EpochAPI(ago(10**3, *DAYS)) as api:
        api.asked_for = 10**3
        found, outcome = read(api)
    assert found == set(range(len(DAYS)))
    assert any(SENTENCE in line for line in outcome.log)


def test_older_records_alone_are_no_sign_that_a_filter_leaves_out() -> None:
    with EpochAPI(ago(10**3, 30, 20)) as api:
        api.asked_for = 10**3
        assert read(api, start_format="%s")[0] == set()


def test_nothing_is_said_of_a_list_that_is_empty() -> None:
    with EpochAPI([]) as api:
        found, outcome = read(api)
    assert not found
    assert not any(SENTENCE in line for line in outcome.log)


def test_an_api_that_wants_a_start_is_asked_for_it_where_the_unit_is_declared() -> None:
    with EpochAPI(ago(1, *DAYS)) as api:
        api.needs_start = True
        assert read(api, start_format="%s")[0] == {3, 4, 5}


def test_a_schema_is_inferred_and_the_unit_learned() -> None:
    with EpochAPI(ago(1, *DAYS)) as api:
        entry = resource("items", incremental={"cursor_path": "updated", "start_param": "since"})
        outcome = api.read(entry, start_date=START.isoformat())
    assert {row["id"] for row in outcome.records("items")} == {3, 4, 5}


@pytest.mark.parametrize(
    ("name", "is_time"),
    [
        *((name, True) for name in ("updated_at", "createdOn", "ts", "lastModified", "timeMs")),
        *((name, True) for name in ("date", "_meta_changed", "UPDATED_AT", "utc", "created_utc")),
        *((name, False) for name in ("id", "eventId", "version", "seq", "status", "cats", "")),
        *((name, False) for name in ("format", "region", "number", "location")),
    ],
)
def test_names_say_whether_a_number_is_a_time(name: str, is_time: bool) -> None:  # noqa: FBT001  # of pytest
    assert names_time(name) == is_time


def test_a_unit_is_learned_by_values_that_are_all_times_of_it() -> None:
    (second, later), (milli,) = ago(1, 3, 2), ago(10**3, 3)
    assert unit_of([second, None, 0, later], NOW) == (1, later)
    assert unit_of([str(milli)], NOW) == (10**3, milli)
    for values in ([], [0, None], [second, milli], [second, "soon"], [7]):
        assert unit_of(values, NOW) is None


def test_a_start_value_is_asked_for_in_the_unit_that_is_declared() -> None:
    (second,), (milli,) = ago(1, 3), ago(10**3, 3)
    of_seconds, of_millis, of_none = (
        EpochUnit("updated", declared=form, is_key=False) for form in ("%s", "%ms", "%Y-%m-%d")
    )
    assert of_seconds.written(second * 1000 + 999, NOW) == second
    assert of_millis.written(second, NOW) == second * 1000
    assert of_millis.written(7, NOW) == of_none.written(7, NOW) == 7
    assert of_none.written(milli, NOW) == milli


def test_of_text_that_is_no_date_time_it_is_said_too() -> None:
    rows = [{"id": row, "day": f"2026-01-0{row}"} for row in range(1, 5)]
    schema = {"properties": {"id": {"type": "integer"}, "day": {"type": "string"}}}
    with SmallAPI(lambda *_: {"data": rows}) as api:
        entry = resource("items", incremental={"cursor_path": "day"}, schema=schema)
        outcome = api.read(entry, start_date="2026-01-03")
    assert len(outcome.records("items")) == len(rows)
    assert any("its replication key `day` is no date-time" in line for line in outcome.log)
