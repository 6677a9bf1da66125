"""Date-times as APIs write them, taken apart: the same in ISO 8601, and the form they came in.

A form is written like the formats of `strftime`, see `start_format`. Only what is one instant,
whoever reads it, is taken for one: `03/04/2026` is April or March.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""The names in RFC 2822 (and those of HTTP's dates), whatever the language of the machine."""

# Compiled at their first use: most runs do without.
_UTC = r"(?:[Zz]|[+-]00:?00)"
_ZONE = (
    # The name of another zone than UTC would get lost.
    rf"(?P<zone>{_UTC}\[(?:Etc/)?(?:UTC|GMT)\]|[Zz]| ?[+-]\d\d(?::?\d\d)?| ?(?:UTC|GMT))?"
)
_FRACTION = r"(?:(?P<point>[.,])(?P<digits>\d{1,9}))?"
_EXTENDED = (
    r"(?a)(?P<date>\d{4}-\d\d-\d\d)(?P<separator>[Tt]|[ ](?=\d\d:))"
    rf"(?P<hour>\d\d)(?:(?P<colon>:)(?P<minute>\d\d)(?::(?P<second>\d\d){_FRACTION})?)?{_ZONE}"
)
_BASIC = (
    r"(?a)(?P<date>\d{8})(?P<separator>[Tt])"
    rf"(?P<hour>\d\d)(?P<colon>:?)(?P<minute>\d\d)(?:(?P=colon)(?P<second>\d\d){_FRACTION})?{_ZONE}"
)
_RFC_2822 = (
    rf"(?a)(?:(?P<name>{'|'.join(DAYS)}), )?(?P<day>\d\d?) (?P<month>{'|'.join(MONTHS)}) "
    r"(?P<year>\d{4}) (?P<minute>\d\d:\d\d)(?P<second>:\d\d)? (?P<zone>[+-]\d{4}|GMT|UTC?)"
)


class Written(NamedTuple):
    """A date-time as it was written."""

    iso: str
    """The same in ISO 8601, as Python reads it: `2026-03-10T08:00:00+01:00`."""

    form: str
    """How it is written: `%Y%m%dT%H%M%SZ`."""


def taken_apart(value: str) -> Written | None:
    """A date-time in one of the forms that are known; None where it is none.

    Whether there is such a day and such a time of day is for whoever reads it.

    Args:
        value: In ISO 8601 with a time of day, with marks between its parts or without, with `T`,
            `t` or a blank, and behind it no zone, `Z`, `z`, an offset, `UTC` or `GMT`; or in RFC
            2822.
    """
    # Where they stand is soon looked at: a sample has many texts that are no date-times.
    if value[4:5] == "-":
        found = re.fullmatch(_EXTENDED, value)
        return _iso(found, found["date"], "%Y-%m-%d") if found else None
    if value[8:9] in {"T", "t"} and (found := re.fullmatch(_BASIC, value)):
        day = found["date"]
        return _iso(found, f"{day[:4]}-{day[4:6]}-{day[6:]}", "%Y%m%d")
    found = re.fullmatch(_RFC_2822, value) if value[3:5] == ", " or value[:1].isdigit() else None
    return _rfc_2822(found) if found else None


def _iso(found: re.Match[str], day: str, day_form: str) -> Written:
    fraction = f"{found['point']}{found['digits']}" if found["digits"] else ""
    second = f":{found['second']}{fraction}" if found["second"] else ""
    zone, colon = found["zone"] or "", found["colon"] or ""
    form = f"{day_form}{found['separator']}%H"
    if found["minute"]:
        form += f"{colon}%M"
    if second:
        form += f"{colon}%S"
    if fraction:
        form += f"{found['point']}%{len(found['digits'])}f"
    iso = f"{day}T{found['hour']}:{found['minute'] or '00'}{second}"
    return Written(f"{iso}{_offset(zone)}", f"{form}{zone}")


def _rfc_2822(found: re.Match[str]) -> Written | None:
    month = MONTHS.index(found["month"]) + 1
    day = f"{found['year']}-{month:02d}-{int(found['day']):02d}"
    name = found["name"]
    if name and DAYS[date.fromisoformat(day).weekday()] != name:
        return None
    second, zone = found["second"] or "", found["zone"]
    return Written(
        f"{day}T{found['minute']}{second}{_offset(zone)}",
        f"{'%a, ' if name else ''}%d %b %Y %H:%M{':%S' if second else ''} {zone}",
    )


def _offset(zone: str) -> str:
    """A zone as Python reads it."""
    zone = zone.partition("[")[0].strip()
    return zone if zone[:1] in {"", "+", "-"} else "Z"
