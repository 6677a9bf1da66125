"""What a date-time is, and the one form in which date-times leave."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from tap_analytics.records.written_datetimes import taken_apart

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?", re.ASCII | re.DOTALL)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MIDNIGHT = re.compile(r"[T ]00:00(:00([.,]0+)?)?(Z|[+-]00:?00)?", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):\d\d)?", re.ASCII)
_DATE_LENGTH = len("YYYY-MM-DD")
_POINT = len("YYYY-MM-DDThh:mm:ss")
_SEVENTH = len("YYYY-MM-DDThh:mm:ss.ffffff")
USUAL_FORMS = {
    len("YYYY-MM-DDThh:mm:ssZ"): ("--T::Z", ".000000Z"),
    len("YYYY-MM-DDThh:mm:ss.fffZ"): ("--T::.", "000Z"),
    len("YYYY-MM-DDThh:mm:ss.ffffffZ"): ("--T::.", "Z"),
}
"""By the length of a date-time in UTC: every third character from the fourth to the nineteenth, and
what stands for its last `Z` where it has six digits.
"""
parsed_datetime = datetime.fromisoformat


class FinerDatetimeError(ValueError):
    """A date-time has digits beyond those that date-times leave with."""

    def __init__(self, instant: str) -> None:
        """Have it rounded down.

        Args:
            instant: As `utc_instant` writes it.
        """
        super().__init__(instant)
        self.instant = instant


def utc_instant(value: object) -> str:
    """The instant of a date-time as `exact_instant` writes it, rounded down to six digits."""
    try:
        return exact_instant(value)
    except FinerDatetimeError as error:
        return error.instant


def exact_instant(value: object) -> str:
    """A date-time as RFC 3339 in UTC with six fractional digits, so that text sorts as time does.

    Args:
        value: `/Date(milliseconds)/`, with any offset, which is already UTC; ISO 8601, UTC where
            it names no zone, midnight where it is a date alone; or another form in which it is one
            instant, see `written_datetimes`.

    Raises:
        FinerDatetimeError: It has further digits, and not only zeros.
        ValueError: It is neither, or no such date-time exists.
        OverflowError: It lies outside of the years 1 to 9999.
    """
    if not isinstance(value, str):
        message = "no text"
        raise ValueError(message)  # noqa: TRY004 - to callers, text and other values are alike
    # The usual forms are written out by hand: it costs half of formatting the date-time. Parsing
    # still tells whether there is such a date-time; from Python 3.13 on it knows the hour 24, too.
    marks, end = USUAL_FORMS.get(len(value), ("", ""))
    if (
        marks
        and value[4:20:3] == marks
        and value[-1] == "Z"
        and (value[11] != "2" or value[12] != "4")
    ):
        parsed_datetime(value)
        return value[:-1] + end
    if value.startswith("/"):
        epoch = _EPOCH_DATE.fullmatch(value)
        if epoch is None:
            message = "no date-time in milliseconds"
            raise ValueError(message)
        return instant_of(_EPOCH + timedelta(milliseconds=int(epoch[1])))
    if not _ISO_DATE.fullmatch(value) or not (value[-1].isdigit() or value[-1] == "Z"):
        written = taken_apart(value)
        if written is None:
            message = "no date-time"
            raise ValueError(message)
        value = written.iso
    parsed = parsed_datetime(value)
    instant = instant_of(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
    # Parsing drops these digits.
    if (
        value[_SEVENTH : _SEVENTH + 1].isdigit()
        and value[_POINT] in ".,"
        and value[_POINT + 1 : _SEVENTH].isdigit()
        and value[_SEVENTH:].lstrip("0")[:1].isdigit()
    ):
        raise FinerDatetimeError(instant)
    return instant


def exact_date(value: object) -> str:
    """A date as `YYYY-MM-DD`.

    Args:
        value: A date, or one with the midnight of no zone or of UTC behind it.

    Raises:
        ValueError: It is neither, or no such date exists.
    """
    text = value if isinstance(value, str) else ""
    day, rest = text[:_DATE_LENGTH], text[_DATE_LENGTH:]
    if not _DATE.fullmatch(day) or (rest and not _MIDNIGHT.fullmatch(rest)):
        message = "no date"
        raise ValueError(message)
    date.fromisoformat(day)
    return day


def exact_time(value: object) -> str:
    """A time of day, as it came.

    Args:
        value: `hh:mm`, with seconds and a zone or without.

    Raises:
        ValueError: It is none, or there is no such time.
    """
    if not (isinstance(value, str) and _TIME.fullmatch(value)):
        message = "no time of day"
        raise ValueError(message)
    time.fromisoformat(value)
    return value


def is_finer(value: object) -> bool:
    """Whether a value is a date-time that `exact_instant` does not write with all its digits."""
    try:
        exact_instant(value)
    except FinerDatetimeError:
        return True
    except (ValueError, OverflowError):
        return False
    return False


def is_datetime(text: str) -> bool:
    """Tell whether text is a date-time that `utc_instant` reads; a date alone is none."""
    if len(text) <= _DATE_LENGTH and not text.startswith("/"):
        return False
    try:
        utc_instant(text)
    except (ValueError, OverflowError):
        return False
    return True


def instant_of(moment: datetime) -> str:
    """A date-time with a zone in the form of `utc_instant`."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='microseconds')}Z"
