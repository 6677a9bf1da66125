"""Whether a page that was asked for on trial is the first one again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.rest.paginators.paginator import LearnedPage, TrialReader

_MOST = 0.5
"""The part of a page's records from which on it may be the first one again."""


def repeats(
    reader: TrialReader, page: LearnedPage, first: LearnedPage, keys: Sequence[str]
) -> bool:
    """Whether a page is the first one again, though rows may have moved between the two.

    A row that came moves some records of the first page to the second. Where the two have some
    records in common, and not all, the first one is looked at once more.

    Args:
        reader: Asks for it.
        page: The page.
        first: The first one.
        keys: What records are known by.
    """
    shared = _shared(page, first, keys)
    if 0 < shared < 1:
        again = reader.trial(None)
        shared = shared if again is None else _shared(page, again, keys)
    return shared > _MOST


def _shared(page: LearnedPage, first: LearnedPage, keys: Sequence[str]) -> float:
    """Which part of a page's records the first one has, too: by key, or else by contents."""
    ours, others = _keys_of(page, keys), _keys_of(first, keys)
    if not (ours and others):
        # Of records without a key some hold the time of the request.
        ours, others = _contents(page), _contents(first)
    return len(ours & others) / len(ours) if ours else 0.0


def _keys_of(page: LearnedPage, keys: Sequence[str]) -> set[bytes] | None:
    """The keys of a page's records; None where they have none."""
    found = [[record.get(key) for key in keys] for record in page.decoded()]
    return None if any(None in key for key in found) else set(map(encode, found))


def _contents(page: LearnedPage) -> set[bytes]:
    # Where a selector takes none of what a page holds, that stands for the page.
    return {encode(record) for record in page.decoded()} or {encode(page.records.digest())}
