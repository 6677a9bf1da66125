"""Date-times in other forms than the usual one are read where they are one instant."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.records.datetimes import (
    FinerDatetimeError,
    exact_instant,
    is_datetime,
    utc_instant,
)
from tap_analytics.records.start_format import format_of, in_format

INSTANT = "2026-03-10T08:00:00.000000Z"


@pytest.mark.parametrize(
    "value",
    [
        *("2026-03-10t08:00:00z", "2026-03-10T08:00:00z", "2026-03-10t09:00:00+01:00"),
        *("2026-03-10 08:00:00 UTC", "2026-03-10 08:00:00.000 UTC", "2026-03-10T08:00 GMT"),
        *("2026-03-10 08:00:00 +0000", "2026-03-10 03:00:00 -0500", "2026-03-10T08:00:00UTC"),
        *("2026-03-10T08:00:00Z[UTC]", "2026-03-10T08:00:00+00:00[Etc/UTC]", "2026-03-10T08Z"),
        *("20260310T080000Z", "20260310T0800Z", "20260310T080000.000Z", "20260310T090000+0100"),
        *("20260310T08:00:00", "20260310t080000z", "2026-03-10T08"),
        *("Tue, 10 Mar 2026 08:00:00 +0000", "Tue, 10 Mar 2026 08:00:00 GMT"),
        *("10 Mar 2026 08:00 UT", "Tue, 10 Mar 2026 01:00:00 -0700"),
    ],
)
def test_one_instant_is_read_in_many_forms(value: str) -> None:
    assert utc_instant(value) == exact_instant(value) == INSTANT
    assert is_datetime(value)
    assert utc_instant(in_format(INSTANT, str(format_of(value)))) == INSTANT


@pytest.mark.parametrize(
    "value",
    [
        # More than one instant, or none.
        *("03/10/2026 08:00:00", "10.03.2026 08:00", "2026-03-10 08:00:00 CET", "20260310"),
        *("2026-03-10T08:00:00+01:00[Europe/Paris]", "2026-03-10T08:00:00[UTC]", "2026-03-10 08"),
        *(
            "Tue, 10 Mar 2026 08:00:00 EST",
            "Tue, 10 Mar 2026 08:00:00",
            "Tue, 10 Mar 26 08:00:00 GMT",
        ),
        *("Mon, 10 Mar 2026 08:00:00 GMT", "Tue, 10 Mrz 2026 08:00:00 GMT", "10 Mar 2026"),
        *("Tue, 31 Feb 2026 08:00:00 GMT", "20260231T080000Z", "20260310T250000Z"),
        *("2026-03-10T0800Z", "2026-03-10t24:00:00z", "20260310T240000Z", "2026-03-10T24"),
        *("2026-03-10T08:00:00 z", "2026-03-10T08:00:00ZZ", "20260310T080000Z ", "20260310T08"),
        *("\uff12\uff10260310T080000Z", "0001-01-01t00:00:00+05:00", "20260310T080000.1234567890Z"),
    ],
)
def test_what_may_be_several_instants_or_is_none_is_left_alone(value: str) -> None:
    assert not is_datetime(value)


@pytest.mark.parametrize(
    "value",
    ["2026-03-10t08:00:00.0000009z", "20260310T080000.0000009Z", "20260310T080000,000000900"],
)
def test_digits_beyond_the_sixth_are_told_in_these_forms_too(value: str) -> None:
    with pytest.raises(FinerDatetimeError):
        exact_instant(value)
    assert utc_instant(value) == INSTANT


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # with the zone beside it
def test_each_form_is_read_and_written_alike(moment: datetime) -> None:
    seconds = moment.replace(microsecond=0)
    instant = f"{seconds:%Y-%m-%dT%H:%M:%S}.000000Z"
    for value in (
        format_datetime(seconds),
        format_datetime(seconds, usegmt=True),
        f"{seconds:%Y%m%dT%H%M%SZ}",
        f"{seconds:%Y-%m-%d %H:%M:%S UTC}",
        f"{seconds:%Y-%m-%dt%H:%M:%Sz}",
    ):
        assert exact_instant(value) == instant
        assert in_format(instant, str(format_of(value))) == value
