"""The output holds every record and every value, or the run says that it is not proven.

The whole tap reads a source that does everything it should not (`tests/support/odd_source.py`). For
more worlds: `python -m tests.completeness.test_nothing_lost 10000`.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.completeness.proof import CompletenessProof
from tap_analytics.records.conform import Conformer
from tap_analytics.sync.bookmark import Bookmark, SyncWindow
from tap_analytics.sync.kept_values import KeptValues
from tap_analytics.sync.record_pipeline import RecordPipeline
from tap_analytics.sync.start_values import StartValues
from tap_analytics.sync.stream_sync import StreamSync
from tests.support.odd_runs import play
from tests.support.slow import slow

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WORLDS = 2_500
"""So many worlds at most are played until one shows that a cure is missing."""

ODDITIES = {
    *("value", "unknown", "no key", "other name", "no time"),
    *("insert", "touch", "delete", "late insert", "late touch", "between count and page"),
    *("additional properties kept", "additional properties deselected"),
    *("additional properties text", "text", "seconds", "micro", "number", "full", "time"),
    *("proven", "not proven", "failed", "filled key", "start date", "keyset", "pages"),
}


def played(worlds: int) -> tuple[list[str], Counter[str]]:
    lost, happened = [], Counter[str]()
    for seed in range(worlds):
        found, oddities = play(seed)
        lost += found
        happened += oddities
    return lost, happened


@pytest.mark.dear
@pytest.mark.parametrize("worlds", [120, slow(2_500)])
def test_every_record_and_every_value_is_in_the_output_or_the_run_says_that_it_is_not(
    worlds: int,
) -> None:
    lost, happened = played(worlds)
    assert not lost
    assert {oddity for oddity in ODDITIES if not happened[oddity]} == set()


Cure = tuple[type[Any], str, "Callable[..., Any]"]


def dropping(original: Callable[..., None]) -> Callable[..., None]:
    """A conformer that drops what a field cannot hold, whatever it is told."""

    def init(self: Conformer, schema: Any, **settings: Any) -> None:  # noqa: ANN401 -- handed on
        if settings.get("on_invalid") == "keep":
            settings["on_invalid"] = "null"
        original(self, schema, **settings)

    return init


CURES: dict[str, Cure] = {
    "a value is kept": (Conformer, "__init__", dropping(Conformer.__init__)),
    "a value that is nowhere is told": (KeptValues, "holds", lambda *_: True),
    "a record without its key is told": (RecordPipeline, "losses", lambda _: []),
    "it holds the bookmark back": (Bookmark, "hold_before", lambda *_: None),
    "the bookmark keeps its margin": (SyncWindow, "clock_margin", lambda _: 0.0),
    "a number has a ceiling": (Bookmark, "cap_at_observed", lambda _: None),
    "a single page may be full": (CompletenessProof, "_last_page_in_doubt", lambda *_: False),
    "a start value is in the API's form": (StartValues, "written", lambda _, since: since),
    "the form is found out first": (StreamSync, "_asks_otherwise_now", lambda *_: False),
}


SHOWN_BY = (4, 19, 20, 35, 63, 105, 145, 153)
"""Worlds in which something was lost without a cure: played first, for the others take long."""


@pytest.mark.parametrize("cure", CURES)
def test_something_is_lost_without_it(cure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, instead = CURES[cure]
    if not callable(getattr(owner, name)):
        instead = property(instead)  # type: ignore[assignment]  # a value in the place of a field
    monkeypatch.setattr(owner, name, instead)
    assert any(play(seed)[0] for seed in (*SHOWN_BY, *range(MOST_WORLDS)))


if __name__ == "__main__":
    losses, counts = played(int(sys.argv[1]))
    sys.stdout.write("\n".join([*losses, f"{len(losses)} lost", repr(counts)]) + "\n")
