"""The form in which an API writes date-times, so that it can be asked for them in its own form.

A form is written like the formats of `strftime`, with `%3f` for a fraction of three digits, `%s`
and `%ms` for seconds and milliseconds since 1970, English names for `%a` and `%b`, and a zone as it
is: `%Y-%m-%d %H:%M:%S.%3f+02:00`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from tap_analytics.records.datetimes import instant_of
from tap_analytics.records.written_datetimes import DAYS, MONTHS, taken_apart

# Compiled at their first use: most runs do without.
_DAY = r"(?a)\d{4}-\d\d-\d\d"
_DIRECTIVE = r"(?s)%(ms|[1-9]?f|.|$)"
_ZONE = r"([+-])(\d\d):?(\d\d)?$"
_KNOWN = r"ms|[1-9]?f|[YmdbaHMSs%]"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_of(value: str) -> str | None:
    """The form of a date-time, or of a day alone; None where it is in none that is known."""
    if re.fullmatch(_DAY, value):
        return "%Y-%m-%d"
    try:
        written = taken_apart(value)
    except ValueError:  # there is no such day
        return None
    return written.form if written else None


@lru_cache(maxsize=256)  # All pages of a stream ask for one start value.
def in_format(instant: str, form: str) -> str:
    """A date-time in another form, rounded down to what the form can say.

    Args:
        instant: The date-time, as `utc_instant` writes it.
        form: The form, of which `start_format_problem` finds nothing wrong.
    """
    moment = datetime.fromisoformat(instant)
    epoch = moment - _EPOCH
    if zone := re.search(_ZONE, form):
        offset = timedelta(hours=int(zone[2]), minutes=int(zone[3] or 0))
        moment = moment.astimezone(timezone(-offset if zone[1] == "-" else offset))
    words = {
        "Y": f"{moment.year:04d}",
        "a": DAYS[moment.weekday()],
        "b": MONTHS[moment.month - 1],
    }

    def filled(directive: re.Match[str]) -> str:
        name = directive[1]
        if name == "s":
            return str(epoch // timedelta(seconds=1))
        if name == "ms":
            return str(epoch // timedelta(milliseconds=1))
        if name[-1] == "f":
            return f"{moment.microsecond:06d}000"[: int(name[0]) if len(name) > 1 else 6]
        if name in words:
            return words[name]
        return moment.strftime(f"%{name}")

    return re.sub(_DIRECTIVE, filled, form)


def moved(instant: str, by: timedelta) -> str:
    """A date-time, as `utc_instant` writes it, some time later or earlier."""
    return instant_of(datetime.fromisoformat(instant) + by)


def resolution_of(form: str) -> timedelta:
    """The least step between two date-times that a form can tell apart."""
    names: list[str] = re.findall(_DIRECTIVE, form)
    digits = [int(name[0]) if len(name) > 1 else 6 for name in names if name[-1:] == "f"]
    if digits:
        return timedelta(microseconds=int(10 ** max(0, 6 - max(digits))))
    for name, step in (
        ("ms", timedelta(milliseconds=1)),
        ("s", timedelta(seconds=1)),
        ("S", timedelta(seconds=1)),
        ("M", timedelta(minutes=1)),
        ("H", timedelta(hours=1)),
    ):
        if name in names:
            return step
    return timedelta(days=1)


def start_format_problem(form: str) -> str | None:
    """What is wrong with a form, as the end of a sentence; None where nothing is."""
    names = re.findall(_DIRECTIVE, form)
    unknown = [name for name in names if not re.fullmatch(_KNOWN, name)]
    if unknown:
        return (
            f"has `%{unknown[0]}`: it is made of %Y, %m, %d, %H, %M, %S, %f (%3f for three "
            "digits), %b and %a (`Mar`, `Tue`), %s and %ms (seconds and milliseconds since 1970)."
        )
    parts = {"m" if name == "b" else name for name in names}
    if not ({"Y", "m", "d"} <= parts or {"s", "ms"} & parts):
        return "names no day: it looks like `%Y-%m-%d %H:%M:%S`, or is `%s` or `%ms`."
    return None
