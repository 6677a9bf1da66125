"""Between two runs the past is told as shortly as can be, so that many pasts become one.

What follows depends on the order of old times and not on how far apart they are, on what is recent
by now, and on whether the target holds a row as it is. So the executions of a later run need not
be played once for each way that led there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.model.table import MARGIN, instant, tick_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.model.table import Table

APART = 2
"""Seconds: old times that are further apart are as good as so far apart."""

RUN = 200
"""The ticks from the beginning of one run to that of the next, as they are told."""


def forget(
    table: Table, bookmark: str | None, target: Mapping[int, int], number: int
) -> tuple[str | None, dict[int, int]]:
    """Tell the times and the versions of a table anew before a run.

    Returns:
        The bookmark and the target as they are told.
    """
    held = {row.key: int(target[row.key] == row.version) for row in table.rows if row.key in target}
    ticks = {row.tick for row in table.rows}
    if bookmark is not None:
        ticks.add(tick_of(bookmark))
    if table.world.shift:
        # How far apart times are decides what such a filter leaves out.
        told = {tick: tick for tick in ticks}
        table.tell(told, table.now)
    else:
        # By an even number, for two ticks are one step of a filter in seconds.
        later = RUN * number - table.now // 2 * 2
        told = _told(ticks, table.now - 3 * MARGIN - table.world.latest, later)
        table.tell(told, table.now + later)
    return None if bookmark is None else instant(told[tick_of(bookmark)]), held


def _told(ticks: Iterable[int], recent: int, later: int) -> dict[int, int]:
    """Recent times as they are, but so much later; old ones before them, in their order."""
    second, told = recent // 2, {}
    told_second = second + later // 2
    for tick in sorted(ticks, reverse=True):
        if tick // 2 >= recent // 2:
            told[tick] = tick + later
        else:
            told_second -= min(second - tick // 2, APART)
            second = tick // 2
            told[tick] = 2 * told_second + tick % 2
    return told
