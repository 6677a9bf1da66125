"""The output holds every record and every value, or the run says that it is not proven.

The whole tap reads a source that does everything it should not (`tests/support/odd_source.py`), and
one that does more of it (`stranger_source.py`). For more worlds:
`python -m tests.completeness.test_nothing_lost 10000`, `stranger 10000`, `unnamed 10000`. After a
change of the source, `python -m tests.completeness.test_nothing_lost cures` finds the worlds that
show each cure again.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import pytest
from msgspec import structs

from tap_analytics.completeness import observed_pass
from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.keyset_span import Span
from tap_analytics.completeness.observed_pass import ObservedPass
from tap_analytics.completeness.proof import CompletenessProof
from tap_analytics.records.conform import Conformer
from tap_analytics.sync.kept_values import KEPT, KeptValues
from tap_analytics.sync.reading import base_page
from tap_analytics.sync.reading.counting_passes import CountingPasses, _observed
from tap_analytics.sync.reading.reading_end import PassEnd
from tap_analytics.sync.reading.since_filter import SinceFilter
from tap_analytics.sync.reading.stream_reading import StreamReading
from tap_analytics.sync.record_pipeline import RecordPipeline
from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.start_values import StartValues
from tap_analytics.sync.state.sync_window import SyncWindow
from tap_analytics.sync.state.time_step import TimeStep
from tests.support.odd_runs import play
from tests.support.odd_source import World
from tests.support.slow import slow
from tests.support.stranger_source import StrangerWorld, UnnamedWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tap_analytics.completeness.ledger import PassCounts
    from tap_analytics.rest.page import Page

WORLDS = 500
MOST_WORLDS = 20_000
"""So many worlds at most are played by the command until one shows that a cure is missing."""

ODDITIES = {
    *("value", "unknown", "no key", "other name", "no time"),
    *("insert", "touch", "delete", "late insert", "late touch", "between count and page"),
    *("batch", "repeated page", "unfiltered total", "answered out of turn"),
    *("sign of more: has_more", "sign of more: total", "sign of more: next"),
    *("sign of more: next_cursor", "names itself", "ends with its count", "hidden by the filter"),
    *("says total", "says pages", "says more", "says nothing", "says found total", "says sign"),
    *("says link", "coarse time"),
    *("pages from 0, by trial", "pages from 1, by trial", "pages from 1"),
    *("additional properties kept", "additional properties deselected"),
    *("additional properties text", "text", "seconds", "micro", "number", "full", "time"),
    *("proven", "not proven", "failed", "filled key", "start date", "keyset", "pages"),
}


STRANGER = {
    *("out of order", "an address expired", "no such page", "counts deleted ones"),
    *("counts in silence", "ties", "many rows", "no date", "windows", "keyset", "pages"),
    *("a clock ahead or behind", "asked for more than a page takes", "order not heeded"),
    *("proven", "not proven"),
}


def played(worlds: Iterable[int], kind: type[World] = World) -> tuple[list[str], Counter[str]]:
    lost, happened = [], Counter[str]()
    for seed in worlds:
        found, oddities = play(seed, kind=kind)
        lost += found
        happened += oddities
    return lost, happened


@pytest.mark.dear
@pytest.mark.parametrize("worlds", [WORLDS, slow(2_500)])
def test_every_record_and_every_value_is_in_the_output_or_the_run_says_that_it_is_not(
    worlds: int,
) -> None:
    lost, happened = played(range(worlds))
    assert not lost
    assert {oddity for oddity in ODDITIES if not happened[oddity]} == set()


@pytest.mark.dear
@pytest.mark.parametrize("worlds", [50, slow(2_500)])
def test_the_same_holds_where_nobody_says_how_the_list_pages(worlds: int) -> None:
    lost, happened = played(range(worlds), UnnamedWorld)
    assert not lost
    assert {"proven", "not proven", "pages", "says link", "says nothing"} <= happened.keys()


@pytest.mark.dear
@pytest.mark.parametrize("worlds", [100, slow(2_500)])
def test_the_same_holds_where_servers_fail_and_clocks_differ(worlds: int) -> None:
    lost, happened = played(range(worlds), StrangerWorld)
    assert not lost
    assert {oddity for oddity in STRANGER if not happened[oddity]} == set()


def dropping(original: Callable[..., None]) -> Callable[..., None]:
    """A conformer that drops what a field cannot hold, whatever it is told."""

    def init(self: Conformer, schema: Any, **settings: Any) -> None:  # noqa: ANN401 -- handed on
        if settings.get("on_invalid") == "keep":
            settings["on_invalid"] = "null"
        original(self, schema, **settings)

    return init


def without_a_second_look(
    self: CountingPasses, number: int, page: Page, _requested: Sequence[object]
) -> bool:
    """A page that comes twice is the server's mistake."""
    self._proof.page(_observed(number, page))
    return True


def counting(**changes: str) -> Callable[..., Iterator[str]]:
    """Rules that take one of a pass's counts for another, or for none."""
    original = CompletenessProof._uncounted

    def uncounted(self: CompletenessProof, seen: PassCounts) -> Iterator[str]:
        changed = {name: getattr(seen, other, 0) for name, other in changes.items()}
        yield from original(self, structs.replace(seen, **changed))

    return uncounted


def single_page_never_full() -> Callable[..., bool]:
    """A single page that is never taken for full."""
    original = ObservedPass.last_page_in_doubt
    return lambda self, last: last > 0 and original(self, last)


class Cure(NamedTuple):
    """What keeps something from being lost, how it is taken out, and a world that shows it."""

    owner: Any
    name: str
    instead: Any
    seed: int
    kind: type[World] = World


# What only several edits in the right places show is taken out in `test_proof_property.py`: the
# last of several pages that may be full, and answers that come out of turn.
CURES: dict[str, Cure] = {
    "a value is kept": Cure(Conformer, "__init__", dropping(Conformer.__init__), 9),
    "a value that is nowhere is told": Cure(KeptValues, "fate", lambda *_: KEPT, 14),
    "a record without its key is told": Cure(RecordPipeline, "losses", lambda _: [], 12),
    "it holds the bookmark back": Cure(Bookmark, "hold_before", lambda *_: None, 12),
    "the bookmark keeps its margin": Cure(SyncWindow, "clock_margin", property(lambda _: 0.0), 71),
    "a coarse time may be of now": Cure(TimeStep, "longest", property(lambda _: timedelta()), 3054),
    "a number has a ceiling": Cure(Bookmark, "cap_at_observed", lambda _: None, 112),
    "a single page may be full": Cure(
        ObservedPass, "last_page_in_doubt", single_page_never_full(), 26
    ),
    "a page may end where its count does": Cure(ObservedPass, "is_counted", lambda *_: False, 291),
    "the first page may end there, too": Cure(
        ObservedPass, "first_page_may_be_cut", property(lambda _: False), 3663
    ),
    "a page that was promised is no end where it is missing": Cure(
        observed_pass, "declared_page_missing", lambda _: False, 1738, StrangerWorld
    ),
    "windows go back to the bookmark's record": Cure(
        SinceFilter, "judge", lambda _, verdict, *_rest: verdict, 245, StrangerWorld
    ),
    "a server out of order hides no first page": Cure(
        base_page, "_insist", lambda *_: None, 544, StrangerWorld
    ),
    "what is read again is held against signs": Cure(
        PassEnd, "observe_again", lambda *_: None, 211
    ),
    "a since filter goes back as far as it is asked to": Cure(
        SinceFilter, "judge", lambda _, verdict, *_rest: verdict, 57
    ),
    "pages behind another way show it, too": Cure(Bookmark, "begin_again", lambda _: None, 2219),
    "keyset reading goes on where it was": Cure(Span, "goes_on", lambda *_: True, 146),
    "keyset reading begins at its bookmark": Cure(
        KeysetReading, "show_beginning", staticmethod(lambda *_: iter(())), 2219
    ),
    "a start value is in the API's form": Cure(
        StartValues, "_written", lambda _, since, *_form: since, 20
    ),
    "the form is found out first": Cure(StreamReading, "_asks_otherwise_now", lambda *_: False, 20),
    "a sign of more is no end": Cure(
        StreamReading, "_held_against_signs", lambda _, verdict, _end: verdict, 20
    ),
    "pages may begin at 0": Cure(base_page, "find_base_page", lambda *_: (1, True), 29),
    "a repeated page may be a shift": Cure(
        CountingPasses, "_check_page", without_a_second_look, 34
    ),
    "a new record stands in for none that was lost": Cure(
        CompletenessProof, "_uncounted", counting(certain="distinct"), 71
    ),
    "a second pass finds all of the first": Cure(
        CompletenessProof, "_uncounted", counting(vanished="none"), 150
    ),
}


@pytest.mark.parametrize("cure", CURES)
def test_something_is_lost_without_it(cure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a world that the command `cures` has found; with the cure nothing is lost in it."""
    owner, name, instead, seed, kind = CURES[cure]
    assert not play(seed, kind=kind)[0]
    monkeypatch.setattr(owner, name, instead)
    assert play(seed, kind=kind)[0]


def seeds(wanted: Sequence[str]) -> Iterator[str]:
    """Look for a world that shows what is lost without each cure."""
    for cure in wanted or CURES:
        owner, name, instead, _, kind = CURES[cure]
        with patch.object(owner, name, instead):
            lost = (seed for seed in range(MOST_WORLDS) if play(seed, kind=kind)[0])
            found = next(lost, None)
        yield f"{cure} | {owner.__name__}.{name} | {found}"


def told(worlds: Sequence[int]) -> Iterator[int]:
    """The same, each hundredth to be seen in passing."""
    for seed in worlds:
        if seed % 100 == 0:
            sys.stderr.write(f"{seed}\n")
        yield seed


if __name__ == "__main__":
    # Either `cures`, with the names of some; or how many worlds to play, or from and to which, of
    # the stranger ones where `stranger` stands before it, or `unnamed`.
    if sys.argv[1] == "cures":
        for line in seeds(sys.argv[2:]):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    else:
        kinds: dict[str, type[World]] = {"stranger": StrangerWorld, "unnamed": UnnamedWorld}
        kind = kinds.get(sys.argv[1], World)
        numbers = map(int, sys.argv[1 if kind is World else 2 :])
        losses, counts = played(told(range(*numbers)), kind)
        sys.stdout.write("\n".join([*losses, f"{len(losses)} lost", repr(counts)]) + "\n")
