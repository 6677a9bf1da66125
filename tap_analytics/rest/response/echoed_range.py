"""Finds in the envelope of a response the range of times that it says it stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.rest.response.envelope import members_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.response.document import JSONBody
    from tap_analytics.rest.response.envelope import Path

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_STARTS = frozenset({"from", "start", "starting", "since", "begin", "after", "min"})
_ENDS = frozenset({"to", "end", "ending", "until", "till", "before", "max"})

_HOLDERS = frozenset(
    {"meta", "metadata", "pagination", "paging", "page", "range", "period", "interval", "query"}
    | {"filter", "filters", "params", "request", "response"}
)
"""Objects at the root of a body that may hold it; others may be records."""


class EchoedRange(Struct, frozen=True):
    """Two members of an envelope, of which one is called like a start and one like an end."""

    start_name: str
    start: str
    end_name: str
    end: str


def find_ranges(body: JSONBody, records: Path, *, single: bool = False) -> Iterator[EchoedRange]:
    """The ranges of times that the envelope of a response names, as instants.

    Args:
        body: The response's.
        records: The keys that lead to the records.
        single: Whether an object in that place is a record.
    """
    if single and records == ():
        return
    envelope = members_at(body, body.raw(()), (), records)
    yield from _in_object(body, envelope, "")
    for name, member in envelope.items():
        if name.lower() in _HOLDERS and records[:1] != (name,):
            yield from _in_object(body, body.members(member), f"{name}.")


def _in_object(body: JSONBody, members: Mapping[str, JSON], at: str) -> Iterator[EchoedRange]:
    ends = {}
    for name, member in members.items():
        key = _without(name, _ENDS)
        if key is not None and (time := _instant(body.scalar(member))):
            ends[key] = name, time
    for name, member in members.items():
        key = _without(name, _STARTS)
        if key in ends and (time := _instant(body.scalar(member))):
            end_name, end = ends[key]
            yield EchoedRange(at + name, time, at + end_name, end)


def _without(name: str, words: frozenset[str]) -> tuple[str, ...] | None:
    """The other words of a name that has one of these; None where it has none."""
    own = tuple(word.lower() for word in _WORDS.findall(name))
    others = tuple(word for word in own if word not in words)
    return others if len(others) < len(own) else None


def _instant(value: JSON) -> str | None:
    try:
        return utc_instant(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
