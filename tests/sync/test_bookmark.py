"""What a bookmark says of a page it says of each of its records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.records.datetimes import instant_of
from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.replication_values import ReplicationValues
from tap_analytics.sync.state.sync_window import SyncWindow

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 20).map(lambda hour: instant_of(BEGIN + timedelta(hours=hour)))
NUMBERS = st.one_of(st.integers(0, 20), st.integers(0, 200).map(lambda tenth: Decimal(tenth) / 10))
PAGES = st.one_of(
    *(st.lists(st.lists(st.none() | each, max_size=8), max_size=4) for each in (INSTANTS, NUMBERS)),
    st.lists(st.lists(st.one_of(st.none(), INSTANTS, NUMBERS), max_size=8), max_size=1),
)


def bookmark(
    *, instants: bool, start: int, end: int | None, cap: int | None, has_old: bool
) -> Bookmark:
    hours = [BEGIN + timedelta(hours=hour or 0) for hour in (start, end, cap)]
    old = instant_of(BEGIN + timedelta(hours=5)) if instants else 5
    made = Bookmark(
        {"replication_key": "at", "replication_key_value": old} if has_old else {},
        "at",
        SyncWindow(
            start_date=instant_of(hours[0]),
            end_date=instant_of(hours[1]) if end is not None else None,
            end_value=None if instants else end,
        ),
        instants=instants,
        initial_value=None if instants else start or None,
    )
    if cap is not None:
        made.ceiling.cap_at(hours[2])
    return made


@given(
    pages=PAGES,
    instants=st.booleans(),
    start=st.integers(0, 20),
    end=st.none() | st.integers(1, 20),
    cap=st.none() | st.integers(0, 20),
    has_old=st.booleans(),
    bound=st.none() | INSTANTS,
)
def test_a_page_is_judged_as_its_records_one_by_one(
    pages: list[list[str | int | Decimal | None]],
    instants: bool,  # noqa: FBT001  # of Hypothesis
    start: int,
    end: int | None,
    cap: int | None,
    has_old: bool,  # noqa: FBT001  # the same
    bound: str | None,
) -> None:
    by_page, one_by_one = (
        bookmark(instants=instants, start=start, end=end, cap=cap, has_old=has_old) for _ in "12"
    )
    for page in pages:
        values = ReplicationValues.of(page)
        assert [*by_page.wanted(values)] == [one_by_one.includes(value) for value in page]
        by_page.observe_all(values)
        for value in values.present:
            one_by_one.observe(value)
        assert by_page.next_value == one_by_one.next_value
        texts = [value for value in page if isinstance(value, str | None)]
        if texts == page:
            earlier = [value is not None and bound is not None and value < bound for value in texts]
            assert [*values.before(bound)] == earlier
