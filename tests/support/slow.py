"""The large form of a test, which `.ci/slow` runs and the default run leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest.mark.structures import ParameterSet


def slow(*values: Any) -> ParameterSet:  # noqa: ANN401  # the arguments of any test
    """Mark one set of arguments as slow."""
    return pytest.param(*values, marks=pytest.mark.slow)


def default_and_slow(
    sets: Iterable[tuple[Any, ...]], default: Iterable[tuple[Any, ...]]
) -> list[ParameterSet]:
    """Mark every set of arguments as slow that is not among those of the default run.

    Args:
        sets: All sets.
        default: Those of the default run; each of them must be one of all.
    """
    every, kept = list(sets), list(default)
    assert all(each in every for each in kept)
    return [pytest.param(*each) if each in kept else slow(*each) for each in every]
