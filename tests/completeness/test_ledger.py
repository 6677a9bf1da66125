"""The ledger of keys and contents counts as a plain dict would, in a fraction of the memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_analytics.completeness import ledger, ledger_bucket
from tap_analytics.completeness.ledger import BUCKETS, PassCounts, SeenKeys

MARGIN_PER_ROW = 24

# Few buckets and few keys, so that they meet; with the least and the largest there are.
KEYS = st.one_of(
    st.builds(lambda number, bucket: number * BUCKETS + bucket, st.integers(-9, 9), st.booleans()),
    st.sampled_from([-(2**63), 2**63 - 1]),
)
ROWS = st.lists(st.tuples(KEYS, st.integers(0, 2)), max_size=60)


@pytest.mark.parametrize("piece", [1, 3, 512])
@given(passes=st.lists(st.tuples(ROWS, ROWS), min_size=1, max_size=4))
def test_passes_are_counted_as_a_dict_would_count_them(
    piece: int, passes: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]
) -> None:
    """A row of the list before a pass is known, and counts in a pass only if that meets it."""
    known: dict[int, int] = {}
    before: dict[int, int] = {}
    two_before: dict[int, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "PIECE", piece)
        patch.setattr(ledger_bucket, "PIECE", piece)
        patch.setattr(ledger, "BATCH", piece)
        tested = SeenKeys()
        for listed, rows in passes:
            sorted_in = dict(known)
            for key, contents in listed:
                news = tested.add_before(key, contents)
                assert news == (key not in sorted_in or sorted_in[key] != contents)
                known[key] = contents
                if key in sorted_in:
                    sorted_in[key] = contents
            tested.begin()
            now: dict[int, int] = {}
            conflicts = duplicates = 0
            for key, contents in rows:
                [news] = tested.add([key], [contents], [True])
                # What came in this pass only is looked at when the pass ends.
                assert news == (key not in known or known[key] != contents)
                conflicts += now.get(key, contents) != contents
                duplicates += now.get(key) == contents
                now[key] = contents
                if key in known:
                    known[key] = contents
            known |= now
            vanished = len(before.keys() - now.keys())
            unconfirmed = len(two_before.keys() - before.keys() - now.keys())
            counted = (len(now), len(now), conflicts, duplicates, vanished, unconfirmed)
            assert tested.end() == PassCounts(*counted)
            two_before, before = before, now


@pytest.mark.parametrize("passes", [1, 2])
def test_the_proof_costs_at_most_24_bytes_a_row(passes: int) -> None:
    rows = 50_000
    keys = [hash(str(number)) for number in range(rows)]
    tracemalloc.start()
    try:
        ledger = SeenKeys()
        for _ in range(passes):
            ledger.begin()
            for start in range(0, rows, 100):
                page = keys[start : start + 100]
                ledger.add(page, page, [False] * 100)
            ledger.end()
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / rows <= MARGIN_PER_ROW
    assert most / rows <= MARGIN_PER_ROW, "not even while a pass is counted"
