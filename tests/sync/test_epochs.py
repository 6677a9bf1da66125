"""Numbers that are times of the last years are treated as times: margin and lookback hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.epochs import number_at, parts_of_second, seconds_before
from tap_analytics.sync.state.replication_values import ReplicationValues
from tap_analytics.sync.state.sync_window import SyncWindow
from tests.support.json_server import read_list

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
UNITS = pytest.mark.parametrize("parts", [1, 10**3, 10**6, 10**9])


def read(values: list[Any], state: Any = None, **settings: Any) -> tuple[Any, Any]:  # noqa: ANN401  # any JSON
    """Read records with these values; return the bookmark, and the last start value asked for."""
    asked: list[str | None] = []

    def changed(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        asked.append(query.get("since"))
        rows = [{"id": number, "v": value} for number, value in enumerate(values)]
        since = float(query.get("since") or 0)
        return {"data": [row for row in rows if row["v"] is None or row["v"] >= since]}

    incremental = {"cursor_path": "v", "start_param": "since", **settings.pop("incremental", {})}
    held = {"replication_key": "v", "replication_key_value": state}
    outcome = read_list(
        changed,
        endpoint={"paginator": "single_page", "incremental": incremental},
        state={"bookmarks": {"items": held}} if state else None,
        settings=settings,
    )
    assert outcome.stream("items")["verdict"] == "proven"
    bookmark = outcome.state["bookmarks"]["items"].get("replication_key_value")
    return bookmark, [each for each in asked if each != asked[0]] or asked


@UNITS
@pytest.mark.parametrize(("margin", "kept"), [(None, 1), (0, 2), (3600, 0)])
def test_a_bookmark_stays_behind_what_may_still_show(
    parts: int, margin: int | None, kept: int
) -> None:
    now = datetime.now(UTC)
    ago = [timedelta(days=1), timedelta(minutes=10), timedelta(seconds=1)]
    values = [number_at(now - each, parts) for each in ago]
    settings = {} if margin is None else {"clock_margin": margin}
    assert read(values, **settings)[0] == values[kept]


def test_so_it_does_where_times_have_a_fraction() -> None:
    now = datetime.now(UTC).timestamp()
    values = [round(now - 600, 3), round(now - 1, 3)]
    assert float(read(values)[0]) == values[0]


@UNITS
def test_a_lookback_goes_back_from_the_bookmark(parts: int) -> None:
    now = datetime.now(UTC)
    held, before, newest = (
        number_at(now - timedelta(minutes=minutes), parts) for minutes in (60, 65, 30)
    )
    bookmark, asked = read([before, held, newest], held, lookback=600)
    assert bookmark == newest
    assert set(asked) == {str(held - 600 * parts)}


def test_a_lag_is_a_difference_as_ever() -> None:
    held = number_at(datetime.now(UTC) - timedelta(hours=1), 1)
    asked = read([held], held, lookback=600, incremental={"lag": 7})[1]
    assert set(asked) == {str(held - 7)}


@pytest.mark.parametrize("top", [40, 10**8, 6 * 10**12, 2 * 10**9])
def test_what_is_no_time_is_none(top: int) -> None:
    bookmark, asked = read([top - 2, top - 1, top], top - 1, lookback=600, clock_margin=60)
    assert bookmark == top
    assert set(asked) == {str(top - 1)}


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        *((NOW.timestamp(), None), ("1773144000", None), (None, None), (0, None), (-5, None)),
        *((1773144000, 1), (1773144000 + 3600, 1), (1773144000 + 3601, None)),
        *((1773144000_000, 10**3), (1773144000_000_000, 10**6), (1773144000_000_000_000, 10**9)),
        *((1141000000, None), (1150000000, 1)),
    ],
)
def test_only_numbers_of_the_last_years_are_times(value: Any, parts: int | None) -> None:  # noqa: ANN401  # any
    assert parts_of_second(value, NOW) == parts


def test_numbers_are_moved_by_seconds() -> None:
    assert number_at(NOW, 1) == 1773144000
    assert number_at(NOW + timedelta(microseconds=1), 10**3) == 1773144000_000
    assert seconds_before(1773144000_000, 0.0001, 10**3) == 1773143999_999
    assert seconds_before(1773144000, 1e10, 1) == 0


def test_the_clock_of_the_server_counts_too() -> None:
    bookmark = Bookmark({}, "v", SyncWindow(began=NOW), instants=False)
    values = ReplicationValues.of([number_at(NOW - timedelta(minutes=each), 1) for each in (9, 3)])
    bookmark.came(values.present)
    bookmark.observe_all(values)
    bookmark.responded(NOW - timedelta(minutes=5), timedelta(), values, name_no_zone=False)
    assert bookmark.next_value == values.values[0]
