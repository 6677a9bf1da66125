"""One response that says that it is the whole rest: whether a count may have cut it.

A server that counts before it selects ends its response where the count does, and a record that
comes between the two pushes another one off. In the order by time that is the latest, which the
next run reads. But nothing has shown yet that the server heeds the order: in any other one it may
be any record. So where new records came, the whole rest is asked for once more, unless so many
records ascend that this is no chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.completeness.keyset_errors import NotHeldError

if TYPE_CHECKING:
    from collections.abc import Container, Generator

    from tap_analytics.completeness.keyset_span import Span
    from tap_analytics.completeness.reading import Question, Response

MOST_LOOKS = 4
"""How often the whole rest is asked for once more, until nothing new comes."""

ENOUGH_SORTED = 8
"""So many records in their order by time are no chance: it would be one in 40,000."""


def is_whole(response: Response) -> bool:
    """Whether a response says that it holds all that was asked for."""
    return response.more is False or not (response.rows or response.more)


def look_again(
    span: Span, question: Question, response: Response
) -> Generator[Question, Response, Response]:
    """Ask for the whole rest once more, as long as new records come.

    Args:
        span: What is read; its clock tells which records are new.
        question: What was asked.
        response: What came.

    Returns:
        The last response; `span` has taken in those before it. All its records were there when they
        were counted, so that it holds all that were, or it says that there is more.

    Raises:
        NotHeldError: New records came each time.
    """
    seen: set[int] = set()
    for _ in range(MOST_LOOKS):
        if not may_be_cut(response, span.clock.old, seen):
            return response
        span.take(response.rows)
        seen.update(row.key for row in response.rows)
        response = yield question
        if response.refused:
            message = "the server refuses what it was asked for before"
            raise NotHeldError(message, lasting=False)
    if not may_be_cut(response, span.clock.old, seen):
        return response
    message = "new records came whenever the whole rest was asked for"
    raise NotHeldError(message, lasting=False)


def may_be_cut(response: Response, old: str, seen: Container[int]) -> bool:
    """Whether a record may be missing from a whole rest.

    Args:
        response: The whole rest.
        old: The time from which on records may be new.
        seen: The keys of those that were there before it was counted.
    """
    times = [row.time for row in response.rows if row.time is not None]
    ascend = len(times) >= ENOUGH_SORTED and times == sorted(times)
    return (
        is_whole(response)
        and not ascend
        and any(row.time and row.time > old and row.key not in seen for row in response.rows)
    )
