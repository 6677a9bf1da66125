"""Windows of what changed since a bookmark, run after run: worlds, and checks taken out.

`execution.py` plays them: behind every bookmark that a run offers no row may be missing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.completeness.changes import Changes
from tap_analytics.completeness.instants import before, shifted
from tap_analytics.completeness.windows import Windows
from tests.support.model.table import MARGIN, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.completeness.reading import Response, Row


class ChangesByWindows(Windows):
    """The reading, made as the tap makes it."""

    world = World()

    def __init__(
        self,
        since: str | None,
        *,
        bookmark: str | None,
        resolution: timedelta,
        margin: timedelta,
        width: int,
    ) -> None:
        """Prepare a run; its requests are never in flight together."""
        assert width == 1
        super().__init__(
            self.world.page_size,
            since=None if since is None else before(since, resolution),
            bookmark=bookmark,
            margin=margin,
            offsets=self.world.offsets,
            overlap=1,
        )

    @classmethod
    def in_world(cls, world: World) -> type[ChangesByWindows]:
        """The same for a server."""

        class Reading(cls):  # type: ignore[valid-type, misc]  # a mutant of it, too
            """For a server."""

        Reading.world = world
        return Reading


class NoStepBack(ChangesByWindows):
    """A window counts though it shares no row with the one before."""

    def _joins(self, rows: Sequence[Row]) -> bool:
        return not self._start or len(rows) >= 0


class CapMoved(Changes):
    """The bookmark may go further than it may."""

    by: timedelta

    def responded(self, response: Response) -> None:
        """Move the cap."""
        known = self.cap
        super().responded(response)
        if not known:
            self.cap = shifted(self.cap, self.by)


class NoCap(ChangesByWindows):
    """The bookmark may be later than the beginning of the reading less the margin."""

    by = timedelta(days=1)

    def __init__(
        self,
        since: str | None,
        *,
        bookmark: str | None,
        resolution: timedelta,
        margin: timedelta,
        width: int,
    ) -> None:
        """Move the cap."""
        super().__init__(
            since, bookmark=bookmark, resolution=resolution, margin=margin, width=width
        )
        self._changes = CapMoved(self._since, bookmark, margin)
        self._changes.by = self.by


class NoMargin(NoCap):
    """The bookmark may come as near to the beginning of the reading as the clocks say."""

    by = timedelta(seconds=MARGIN / 2)


class EarlyBookmark(ChangesByWindows):
    """A bookmark goes out before everything is read."""

    @property
    def checkpoint(self) -> str | None:
        """What has come so far."""
        return self._changes.newest


IN_ORDER = World(order="key, as asked", offsets=True)
IGNORED = World(order="heap", times=(0, 1, 2, 3, 4), page_size=3, offsets=True)
SERVERS = {
    "windows": IN_ORDER,
    "windows of three": replace(IN_ORDER, page_size=3, times=(3, 1, 0, 2, 2)),
    "windows by page number": replace(IN_ORDER, page_size=4, times=(0, 3, 1, 2, 2), offsets=False),
    "windows, says nothing of the end": replace(IN_ORDER, says_more=False),
    "windows, late commits": replace(IN_ORDER, latest=2),
    "windows, late commits to young rows": replace(IN_ORDER, begins=4, latest=2),
    "windows, whole seconds": replace(IN_ORDER, whole_seconds=True, includes=False, truncates=True),
    "windows, no filter": replace(IN_ORDER, filters="all"),
    "windows, counts before it selects": replace(IN_ORDER, counts_first=True),
    "windows, counts before it selects and says nothing": replace(
        IN_ORDER, counts_first=True, says_more=False
    ),
    "windows, the order is ignored": IGNORED,
}
MUTANTS: dict[str, tuple[type[ChangesByWindows], World]] = {
    NoStepBack.__doc__ or "": (NoStepBack, replace(IN_ORDER, times=(3, 1, 0, 2, 2, 0))),
    NoCap.__doc__ or "": (NoCap, IN_ORDER),
    EarlyBookmark.__doc__ or "": (EarlyBookmark, replace(IN_ORDER, times=(3, 1, 0, 2))),
    NoMargin.__doc__ or "": (NoMargin, replace(IN_ORDER, begins=4, latest=2)),
}


def small() -> Iterator[tuple[str, World]]:
    """Worlds for every run of the tests: seconds."""
    for name, world in SERVERS.items():
        yield f"{name}, killed", replace(world, edits=1, runs=2, kills=True)
        if not world.latest:
            yield name, replace(world, edits=2)


def large() -> Iterator[tuple[str, World]]:
    """Worlds for a command: minutes."""
    for name, world in SERVERS.items():
        yield f"{name}, an edit, two runs, killed", replace(world, edits=1, runs=2, kills=True)
        if not world.latest:
            yield f"{name}, two edits", replace(world, edits=2)
