"""In which order replication values lie that are no date-times.

Numbers lie in theirs. Of text only days have an order of which everybody is sure, and months:
nobody knows whether an API that is asked for what comes after `9` finds `10`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from tap_analytics.records.scalars import NonConformingValue, number

if TYPE_CHECKING:
    from collections.abc import Hashable
    from collections.abc import Set as AbstractSet

Value = str | int | Decimal

NUMBER, DIGITS, TEXT = "a number", "a number as text", "text"

_DIGITS = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", re.ASCII)
_MIDNIGHT = re.compile(r".{10}[T ]00:00(?::00(?:\.0+)?)?\D?", re.ASCII)
_MONTH = len("YYYY-MM")
_SPELLED = {
    len(example): (form, timedelta(seconds=step))
    for example, form, step in (
        ("20261101", "%Y%m%d", 24 * 3600),
        ("2026110109", "%Y%m%d%H", 3600),
        ("202611010900", "%Y%m%d%H%M", 60),
        ("20261101090000", "%Y%m%d%H%M%S", 1),
    )
}
"""How integers of a length spell a time, and the step from one to the next."""
_LIKELY_YEARS = range(1900, 2101)
A_DAY = 24 * 3600


def form_of(value: Value) -> Hashable:
    """How a value is written: a number, a day, a month, or else text."""
    if not isinstance(value, str):
        return NUMBER
    if _DATE.fullmatch(value):
        return len(value)
    return DIGITS if _DIGITS.fullmatch(value) else TEXT


def is_date(value: Value) -> bool:
    """Whether a value is a day or a month."""
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def below(value: Value) -> Value | None:
    """A value that comes before another, and is as near as makes sense; None where there is none.

    Before an integer it is the one before, before `2.5` it is 2.4, and before a day the day before.
    An integer that spells a day or a time, such as 20261101, has another of these before it: some
    APIs refuse 20261100, and where it is a plain number, a few more are asked for.
    """
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return value - Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
    if isinstance(value, int):
        return value - 1 if (time := _spelled_time(value)) is None else time
    return days_before(value, 1) if is_date(value) else None


def _spelled_time(value: int) -> int | None:
    """The integer that spells the day, hour, minute or second before; None where it spells none."""
    text = str(value)
    form, step = _SPELLED.get(len(text), ("", timedelta()))
    try:
        time = datetime.strptime(text, form)  # noqa: DTZ007  # no zone plays a part
    except ValueError:
        return None
    return int((time - step).strftime(form)) if time.year in _LIKELY_YEARS else None


def day_of(text: str, *, up: bool) -> str:
    """The day of a date-time, or where it has begun by then the one after; other text as it is."""
    if not _TIME.fullmatch(text):
        return text
    day = text[: len("YYYY-MM-DD")]
    return day if not up or _MIDNIGHT.fullmatch(text) else days_before(day, -A_DAY) or text


def days_before(value: str, seconds: float) -> str | None:
    """The day, or the month, that lies some time before another; None where there is none."""
    try:
        first = date.fromisoformat(value if len(value) > _MONTH else f"{value}-01")
        earlier = first - timedelta(days=ceil(seconds / A_DAY))
    except (ValueError, OverflowError):  # there is no such day, or none before
        return None
    return earlier.isoformat()[: len(value)]


def is_sure(forms: AbstractSet[Hashable]) -> bool:
    """Whether values of these forms lie in an order that no API sees otherwise."""
    return len(forms) <= 1 and not forms & {DIGITS, TEXT}


def is_comparable(forms: AbstractSet[Hashable]) -> bool:
    """Whether values of these forms lie in some order: else none of them is the highest."""
    return len(forms) <= 1 or forms <= {NUMBER, DIGITS}


def before_or_at(one: Value, other: Value) -> bool:
    """Whether a value comes no later than another: numbers as numbers, though they are text."""
    if {form_of(one), form_of(other)} <= {NUMBER, DIGITS}:
        return Decimal(one) <= Decimal(other)
    return str(one) <= str(other)


def number_of(value: object) -> Value:
    """A number, though it may be text as in environment variables."""
    found = plain(value)
    if not isinstance(found, str):
        return found
    if form_of(found) != DIGITS:
        raise NonConformingValue
    exact = Decimal(found)
    return int(exact) if exact == exact.to_integral_value() else exact


def plain(value: object) -> Value:
    """A value as it is compared: text, or an exact number."""
    if isinstance(value, str):
        return value
    exact = number(value) if value.__class__ in {int, Decimal} else None
    if isinstance(value, float):
        exact = Decimal(repr(value))
    if isinstance(exact, int | Decimal):
        return exact
    raise NonConformingValue
