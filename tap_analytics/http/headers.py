"""Reads headers: pure functions, most of them from a response's to seconds or a date-time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_A_CENTURY = 100 * 365 * 86_400.0
_MINUTE = 60.0
_EPOCH = 1_000_000_000
"""`X-RateLimit-Reset` above this is a time in seconds since 1970, below it a number of seconds."""

_QUOTAS = ("X-RateLimit", "X-Rate-Limit", "RateLimit")
_REMAINING = re.compile(r"(?:\br|remaining)\s*=\s*([0-9]+)", re.IGNORECASE)
_RESET = re.compile(r"(?:\bt|reset)\s*=\s*([0-9]+)", re.IGNORECASE)

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_YEARS = range(1970, 3000)
"""The years of a date that can be meant. Beyond them sums of times could overflow."""


_BEHIND_ALL = re.compile(r"(?!bytes)(?:[\w-]+ )?\*/([0-9]{1,18})", re.IGNORECASE)
_PART_OF_BYTES = re.compile(r"\s*bytes\b|\s*$", re.IGNORECASE)


def is_part_of_list(asked: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Whether a response with status 206 is whole, and only its list is a part: PostgREST.

    Args:
        asked: The headers of the request; who asks for a `Range` gets a part of a response.
        headers: Those of the response.
    """
    return "Range" not in asked and not _PART_OF_BYTES.match(headers.get("Content-Range", ""))


def total_of_range(headers: Mapping[str, str]) -> int | None:
    """How many records there are, where a part behind all of them was asked for (RFC 9110)."""
    found = _BEHIND_ALL.fullmatch(headers.get("Content-Range", "").strip())
    return int(found[1]) if found else None


def authorization_header(names: Iterable[str]) -> str | None:
    """The name among those of some headers that is Authorization, in whatever letters."""
    return next((name for name in names if name.lower() == "authorization"), None)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait before a retry (RFC 9110, section 10.2.3).

    Args:
        headers: The response's headers; `Retry-After` holds seconds or an HTTP date.
        now: The current time in UTC, which a date is compared with.

    Returns:
        Seconds from now, 0 where the date has passed; None where the header is absent or invalid.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        number = _NUMBER.fullmatch(value)
        seconds = float(value) if number else (_http_date(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    # A longer time could not be added to a date.
    return min(max(0.0, seconds), _A_CENTURY)


def http_date(headers: Mapping[str, str]) -> datetime | None:
    """The server's time when it sent a response, from the `Date` header.

    Args:
        headers: The response's headers.

    Returns:
        A date-time with an offset; None where the header is absent or invalid.
    """
    try:
        return _http_date(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None


def exhausted_for(headers: Mapping[str, str], epoch: float) -> float | None:
    """Seconds until a used-up quota is renewed.

    Read are `X-RateLimit-Remaining` with `X-RateLimit-Reset` (seconds from now or since 1970), the
    same as `X-Rate-Limit-…` and as `RateLimit-…`, `RateLimit` (the IETF draft's `r=0;t=30` and the
    older `remaining=0, reset=30`) and `X-MinLimit-Remaining`, whose quota is per minute.

    Args:
        headers: The response's headers.
        epoch: The current time in seconds since 1970.

    Returns:
        Seconds from now; None where something is left, or the headers name no quota.
    """
    if headers.get("X-MinLimit-Remaining", "").strip() == "0":
        return _MINUTE
    for name in _QUOTAS:
        if headers.get(f"{name}-Remaining", "").strip() == "0":
            reset = headers.get(f"{name}-Reset", "").strip()
            if not _NUMBER.fullmatch(reset):
                return _MINUTE
            seconds = float(reset)
            return max(0.0, seconds - epoch) if seconds > _EPOCH else seconds
    quota = headers.get("RateLimit", "")
    remaining, reset_in = _REMAINING.search(quota), _RESET.search(quota)
    # As text: of too many digits `int` makes nothing.
    if remaining is None or remaining[1].strip("0"):
        return None
    return float(reset_in[1]) if reset_in else _MINUTE


@lru_cache(maxsize=16)  # a second's responses have the same
def _http_date(text: str) -> datetime:
    """An HTTP date as a date-time in UTC, which it is in where it names no zone.

    Raises:
        ValueError, TypeError, OverflowError: It is no date.
    """
    moment = parsedate_to_datetime(text)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.year not in _YEARS:
        raise ValueError(text)
    return moment
