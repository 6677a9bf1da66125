"""The parents for which a child stream could not be read, while it is read for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.exceptions import RefusedRequestError
from tap_analytics.records.names import several

if TYPE_CHECKING:
    from tap_analytics.exceptions import TapError

MOST_RETRIED = 3
"""So many that failed after retries, and none between them that was read: the server is ill."""

MOST_TOLD = 5
"""The most that are told one by one."""


class FailedParts:
    """What failed of one child stream in this run."""

    def __init__(self) -> None:
        """Nothing has failed."""
        self.count = 0
        self._first: tuple[str, str] | None = None
        self._retried = 0

    @property
    def any_untold(self) -> bool:
        """Whether the latest one is one too many to be told by itself."""
        return self.count > MOST_TOLD

    def may_go_on(self, error: TapError, named: str = "") -> bool:
        """Take in why a part failed.

        Args:
            error: Why.
            named: Whose part it is, in brackets behind a blank.

        Returns:
            Whether other parts may be read all the same: the server responded, to this request.
        """
        if not isinstance(error, RefusedRequestError):
            return False
        self._retried += error.retried
        if self._retried >= MOST_RETRIED:
            return False
        self.count += 1
        self._first = self._first or (str(error), named)
        return True

    def was_read(self) -> None:
        """A part was read to its end."""
        self._retried = 0

    def sentence(self, child: str, parent: str, parents: int) -> str | None:
        """What is said in the end; None where nothing failed.

        Args:
            child: The name of the stream.
            parent: The name of its parent.
            parents: How many records the parent has.
        """
        if self._first is None:
            return None
        error, named = self._first
        first = "The first one" if self.count > 1 else "That one"
        return (
            f"{child}: it could not be read for {self.count:,} of {several(parents, 'record')} of "
            f"{parent}, and was for the others. {first}{named}: {error} Where such a response says "
            "that there are no records, `response_actions` can ignore it."
        )
