"""One response that is the whole rest: whether a count may have cut it, or a full page.

A server that counts before it selects ends its response where the count does, and a record that
comes between the two pushes another one off. In the order by time that is the latest, which the
next run reads. But nothing has shown yet that the server heeds the order: in any other one it may
be any record. So where new records came, the whole rest is asked for once more, unless so many
records ascend that this is no chance.

A server may also say nothing of the end. Then an empty page 2 says that this was all. But a full
page may have had more behind it, which came to its places when one of its records was deleted, so
it is asked for once more, until nothing new comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.completeness.keyset_errors import NotHeldError

if TYPE_CHECKING:
    from collections.abc import Container, Generator

    from tap_analytics.completeness.keyset_span import Span
    from tap_analytics.completeness.reading import Question, Response

MOST_LOOKS = 4
"""How often the whole rest is asked for once more, until nothing new comes."""

LEAST_FULL = 10
"""Servers cap their pages at any number, but at no smaller one."""

ENOUGH_SORTED = 8
"""So many records in their order by time are no chance: it would be one in 40,000."""


ALWAYS_NEW = "new records came whenever the whole rest was asked for"


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
    raise NotHeldError(ALWAYS_NEW, lasting=False)


def look_for_end(
    span: Span, question: Question, response: Response, least_full: int = LEAST_FULL
) -> Generator[Question, Response, Response]:
    """Ask for page 2 of a page that may be all, where the server says nothing of the end.

    Args:
        span: What is read; it has taken in the response.
        question: What was asked.
        response: What came.
        least_full: So many records at least are on a full page.

    Returns:
        The last response, which says that it is the whole rest where page 2 is empty.

    Raises:
        NotHeldError: New records came each time.
    """
    for _ in range(MOST_LOOKS):
        behind = yield replace(question, page=2, trial=False, repeats=True)
        if behind.rows or behind.more:
            return response
        response = replace(response, more=False)
        if len(response.rows) < least_full and not may_be_cut(response, span.clock.old, ()):
            return response
        again = yield replace(question, repeats=True)
        span.take(again.rows)
        known = {row.key for row in response.rows}
        if again.more is None and all(row.key in known for row in again.rows):
            return replace(again, more=False)
        response = again
        if is_whole(again) or again.more:
            return again
    raise NotHeldError(ALWAYS_NEW, lasting=False)


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
