"""Counting passes with one of the conditions of rule 8 taken out."""

from __future__ import annotations

from math import inf

from tap_analytics.completeness.proof import CompletenessProof
from tap_analytics.completeness.stretches import Counted, Stretches
from tests.support.moving_table import World

WORLD = World(2, 1, "place", declares_total=True, replication_key=True, counts_first=True)
"""Where the model finds what is lost without them, with two edits."""


class _AnyBeginning(Stretches):
    def were_there(self, first: int, last: int, counted: Counted) -> bool:
        return super().were_there(first and 1, last, counted)


class AnyBeginning(CompletenessProof):
    """A row that was read behind a response counts there, though it may be newer."""

    stretches_class = _AnyBeginning


class _AnyEnd(Stretches):
    def were_there(self, first: int, last: int, counted: Counted) -> bool:
        del last
        return self._ended.get(first, inf) <= counted.sent


class AnyEnd(CompletenessProof):
    """A row that was read before a response counts there, though it may be gone."""

    stretches_class = _AnyEnd


MUTANTS: tuple[type[CompletenessProof], ...] = (AnyBeginning, AnyEnd)
