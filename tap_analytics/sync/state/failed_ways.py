"""Ways of reading that an API does not allow: kept in the state, and tried again after a day.

What is kept holds for the question that was asked: another parameter is tried at once. An older
version of the tap leaves it alone, and without it a run finds the same out anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_analytics.records.datetimes import instant_of

if TYPE_CHECKING:
    from collections.abc import MutableMapping

STATE_KEY = "failed_ways"
TRY_AGAIN_AFTER = timedelta(days=1)


class FailedWays:
    """The ways in which one stream could not be read."""

    def __init__(self, state: MutableMapping[str, Any], now: datetime) -> None:
        """Take up what is known.

        Args:
            state: The stream's part of the state; what is found out goes there.
            now: The time of this run.
        """
        self._state = state
        self._now = now
        self._found: dict[str, dict[str, str]] = {}

    def reason(self, way: str, question: str) -> str | None:
        """Why a way need not be tried now; None where it is to be tried.

        Args:
            way: Its name.
            question: What it would ask for, as it was asked for before.
        """
        held = self._state.get(STATE_KEY)
        known = held.get(way) if isinstance(held, dict) else None
        if not isinstance(known, dict) or known.get("question") != question:
            return None
        again, latest = str(known.get("again")), instant_of(self._now + TRY_AGAIN_AFTER)
        # A time further ahead comes from a clock that was wrong.
        if not instant_of(self._now) < again <= latest:
            return None
        return f"{known.get('reason')} (it is tried again from {again} on)"

    def remember(self, way: str, question: str, reason: str) -> None:
        """Keep why a way is not possible."""
        again = instant_of(self._now + TRY_AGAIN_AFTER)
        self._found[way] = {"question": question, "reason": reason, "again": again}
        self.write()

    def write(self) -> None:
        """Write what this run has found out, where the state was put back meanwhile."""
        if self._found:
            held = self._state.get(STATE_KEY)
            self._state[STATE_KEY] = {**(held if isinstance(held, dict) else {}), **self._found}
