"""The retry policy: which statuses are retried, how often, and after which delay. No I/O."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_EXPONENT = 30
_SERVER_ERRORS = range(500, 600)


class RetryPolicy(Struct, frozen=True):
    """When to retry a request, and how long to wait before it.

    The fields are those of the `error_handler` setting. Server errors (5xx), time-outs, broken
    connections and incomplete bodies are retried under every policy.
    """

    retry_on_status_codes: frozenset[int] = frozenset({HTTPStatus.TOO_MANY_REQUESTS})
    max_retries: int = 3
    backoff: Literal["constant", "exponential"] = "exponential"
    backoff_factor: float = 2.0
    max_wait: float = 300.0
    user_chose_statuses: bool = False
    """Whether `retry_on_status_codes` is the user's own: then it holds for a fixed token, too."""

    def merged(self, settings: Mapping[str, Any] | None) -> RetryPolicy:
        """This policy with the fields replaced that an `error_handler` object names.

        Args:
            settings: The validated object; None or empty, as a whole or a field, changes nothing.
        """
        given = {name: value for name, value in (settings or {}).items() if value is not None}
        if "retry_on_status_codes" in given:
            given["retry_on_status_codes"] = frozenset(given["retry_on_status_codes"])
            given["user_chose_statuses"] = True
        return replace(self, **given)

    def retries(self, status: int) -> bool:
        """Whether a response with this status is retried."""
        return status in _SERVER_ERRORS or status in self.retry_on_status_codes

    def delay(self, retry: int) -> float:
        """Seconds to wait before a retry; without jitter, so that a user can predict them.

        Args:
            retry: The number of the retry, counted from 1.

        Returns:
            Exponential with factor 2: 2, 4, 8 and so on; never more than `max_wait`.
        """
        if self.backoff == "constant":
            return min(self.backoff_factor, self.max_wait)
        factor = 2.0 ** min(retry - 1, _LARGEST_EXPONENT)
        return min(self.backoff_factor * factor, self.max_wait)
