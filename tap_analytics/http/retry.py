"""Which answers are tried again and when: pure functions over a status and headers."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_EXPONENT = 30
_A_CENTURY = 100 * 365 * 86_400.0


class RetryPolicy(Struct, frozen=True):
    """When to try again, and how long to wait before it.

    The fields are those of the `error_handler` setting. Server errors (5xx), time-outs, broken
    connections and bodies that end too soon are tried again under every rule.
    """

    retry_on_status_codes: frozenset[int] = frozenset({HTTPStatus.TOO_MANY_REQUESTS})
    max_retries: int = 3
    backoff: Literal["constant", "exponential"] = "exponential"
    backoff_factor: float = 2.0
    max_wait: float = 300.0

    def merged(self, settings: Mapping[str, Any] | None) -> RetryPolicy:
        """This rule with the fields that an `error_handler` object names replaced."""
        given = dict(settings or {})
        if "retry_on_status_codes" in given:
            given["retry_on_status_codes"] = frozenset(given["retry_on_status_codes"])
        return replace(self, **given)

    def retries(self, status: int) -> bool:
        """Whether an answer with this status is tried again."""
        return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in self.retry_on_status_codes

    def delay(self, retry: int) -> float:
        """Seconds to wait before a retry, counted from 1; no jitter, so that a user can predict it.

        Exponential with factor 2 waits 2, 4, 8 seconds; never more than `max_wait`.
        """
        if self.backoff == "constant":
            return min(self.backoff_factor, self.max_wait)
        factor = 2.0 ** min(retry - 1, _LONGEST_EXPONENT)
        return min(self.backoff_factor * factor, self.max_wait)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait (RFC 9110, section 10.2.3).

    Args:
        headers: The answer's headers; `Retry-After` holds seconds or an HTTP date.
        now: The time in UTC that a date is held against.

    Returns:
        Seconds from now, 0 where the time has passed; None where the header is absent or no such
        thing.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        # No longer than dates can be reckoned with: what is that far away never comes.
        asked = float(value) if value[0].isdigit() else _until(value, now)
        return min(max(0.0, asked), _A_CENTURY)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(http_date: str, now: datetime) -> float:
    moment = parsedate_to_datetime(http_date)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()


def http_date(headers: Mapping[str, str]) -> datetime | None:
    """The server's clock when it answered, from the `Date` header; None where it has none."""
    try:
        moment = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
