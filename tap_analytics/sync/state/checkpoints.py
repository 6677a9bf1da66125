"""How far a reading has settled what it read: there the bookmark moves, while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.sync.state.bookmark_in_state import BookmarkInState
    from tap_analytics.sync.state.start_values import StartValues


class Checkpoints:
    """Moves the bookmark of one stream to what is settled, at once or when its form is known."""

    def __init__(
        self,
        in_state: BookmarkInState,
        start_values: StartValues,
        *,
        will_fail: Callable[[], bool],
        write_state: Callable[[], None],
    ) -> None:
        """Move one bookmark.

        Args:
            in_state: The bookmark.
            start_values: The form in which the API is asked for what changed.
            will_fail: Whether the run is going to fail: the next one shall come by what it failed
                for.
            write_state: Sends the state.
        """
        self._in_state = in_state
        self._start_values = start_values
        self._will_fail = will_fail
        self._write_state = write_state
        self._holds_back = False
        self._held_back: str | None = None

    def reach(self, value: str, *, write: bool) -> None:
        """Everything up to this value is out: a run that breaks later goes on from here."""
        if self._will_fail():
            return
        if self._holds_back:
            self._held_back = value
            return
        if self._start_values.unordered:
            return
        self._in_state.checkpoint(value)
        if write and self._in_state.bookmark is not None:
            self._write_state()

    def hold_back(self) -> None:
        """From now on it is open whether the API was asked in the right form."""
        self._holds_back = True

    def drop(self) -> None:
        """The form was wrong: what was held back is not settled, what comes from now on is."""
        self._holds_back, self._held_back = False, None

    def release(self) -> None:
        """The form was right: what was held back is settled."""
        self._holds_back = False
        if self._held_back is not None:
            self.reach(self._held_back, write=False)

    def forget(self) -> None:
        """Nothing that was settled counts: the next run begins where this one did."""
        self._held_back = None
        self._in_state.take_back()
