"""Instants as text, as `utc_instant` writes them: `2024-05-06T07:08:09.000000Z`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)

_FIRST = datetime.min.replace(tzinfo=UTC)


@lru_cache(maxsize=256)  # A reading asks for the same few instants again and again.
def before(instant: str, resolution: timedelta) -> str:
    """The last instant of a since filter's resolution before the step that another lies in.

    Asked for since then, a server gives all rows of that step, whether it includes its bound or
    not, and whether it compares the rows' own times or what its resolution leaves of them. Of the
    first step there is, it is its beginning.
    """
    steps = (datetime.fromisoformat(instant) - _FIRST) // resolution - 1
    return _text(_FIRST + max(steps, 0) * resolution)


def shifted(instant: str, by: timedelta) -> str:
    """An instant so much later, or earlier."""
    return _text(datetime.fromisoformat(instant) + by)


def _text(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
