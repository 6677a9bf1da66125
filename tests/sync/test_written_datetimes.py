"""A replication key in another form than the usual one leads from run to run all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sync.state.start_values import StartValues
from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

FORMS: dict[str, Callable[[datetime], str]] = {
    "RFC 2822": format_datetime,
    "HTTP": lambda time: format_datetime(time, usegmt=True),
    "basic": lambda time: f"{time:%Y%m%dT%H%M%SZ}",
    "basic with a fraction": lambda time: f"{time:%Y%m%dT%H%M%S}.000Z",
    "small letters": lambda time: f"{time:%Y-%m-%dt%H:%M:%Sz}",
    "UTC": lambda time: f"{time:%Y-%m-%d %H:%M:%S UTC}",
    "an offset behind a blank": lambda time: f"{time:%Y-%m-%d %H:%M:%S +0000}",
    "the zone and its name": lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ[UTC]}",
    "hours": lambda time: f"{time:%Y-%m-%dT%H}",
}
TEXT = {"type": ["string", "null"]}
DECLARED = {"properties": {"id": {"type": "integer"}, "up": {**TEXT, "format": "date-time"}}}
FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("schema", [None, DECLARED], ids=["inferred", "declared"])
@pytest.mark.parametrize("form", FORMS)
def test_such_a_key_is_proven_and_asked_for_in_its_own_form(form: str, schema: Any) -> None:  # noqa: ANN401  # any JSON
    write = FORMS[form]
    rows = {number: FIRST + timedelta(days=number) for number in range(8)}

    def changed(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        since = query.get("since")
        known = [time for time in rows.values() if write(time) == since]
        if since and not known:
            return 400, {"message": f"`since` is no date-time: {since}"}
        found = [each for each in rows.items() if not since or each[1] >= known[0]]
        return {"data": [{"id": number, "up": write(time)} for number, time in found]}

    state: Any = None
    incremental = {"cursor_path": "up", "start_param": "since"}
    endpoint = {"data_selector": "data", "paginator": "single_page", "incremental": incremental}
    for run in range(3):
        entry = {"schema": schema} if schema else {}
        outcome = read_list(changed, endpoint=endpoint, state=state, **entry)
        part = outcome.stream("items")
        assert (part["verdict"], part["nulls"]) == ("proven", {}), part["reasons"]
        ids = [record["id"] for record in outcome.records("items")]
        assert ids == ([*range(8)] if run == 0 else [6 + run, 7 + run])
        state = outcome.state
        newest = max(rows.values())
        bookmark = state["bookmarks"]["items"]["replication_key_value"]
        assert bookmark == f"{newest:%Y-%m-%dT%H:%M:%S}.000000Z"
        rows[8 + run] = newest + timedelta(hours=3)


def test_a_zone_that_is_named_in_words_is_one() -> None:
    """Else the bookmark would stay half a day behind, as where nobody says which zone it is."""
    now = datetime.now(UTC).replace(microsecond=0)
    rows = [{"id": 1, "up": f"{now - timedelta(minutes=1):%Y-%m-%d %H:%M:%S UTC}"}]
    endpoint = {
        "paginator": "single_page",
        "incremental": {"cursor_path": "up", "start_param": "s"},
    }
    outcome = read_list(lambda _: {"data": rows}, endpoint=endpoint)
    held = outcome.state["bookmarks"]["items"]["replication_key_value"]
    assert held == f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}.000000Z"


def learned(*values: str) -> StartValues:
    """What is known of the form of start values once these have come."""
    known = StartValues({}, given=None, learns=True)
    for value in values:
        known.observe(value)
    return known


def test_a_fraction_may_be_left_out_before_a_small_z_too() -> None:
    assert (
        learned("2026-03-10t08:00:00z", "2026-03-10t08:00:00.5z").form == "%Y-%m-%dt%H:%M:%S.%6fz"
    )
    assert learned("20260310T080000.5Z", "20260310T080000Z").form == "%Y%m%dT%H%M%S.%6fZ"
    assert (
        learned("2026-03-10 08:00:00.5 UTC", "2026-03-10 08:00:00 UTC").form
        == "%Y-%m-%d %H:%M:%S UTC"
    )


def test_several_zones_have_no_order_without_marks_either() -> None:
    assert learned("20260310T080000+0100", "20260310T080000+0200").unordered
    assert learned("Tue, 10 Mar 2026 08:00:00 GMT", "20260310T080000Z").unordered
    assert not learned("20260310T080000+0100", "20260310T090000+0100").unordered


def test_a_start_that_the_user_wrote_with_a_small_z_is_asked_for_a_second_earlier() -> None:
    known = StartValues({}, given=None, learns=True, likely="2026-03-10t08:00:00z")
    assert known.written("2026-03-10T08:00:00.000000Z") == "2026-03-10t07:59:59z"
