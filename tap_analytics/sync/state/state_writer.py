"""Writes STATE messages: when something moved, and as the last message of every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.helpers._state import StateWriter as SDKStateWriter

from tap_analytics.sync.message_writer import MessageWriter

if TYPE_CHECKING:
    from singer_sdk.helpers.types import TapState
    from singer_sdk.singerlib.encoding import GenericSingerWriter


class StateWriter(SDKStateWriter):
    """The SDK's, which writes a state only where it differs from the last one, and an end."""

    def __init__(self, message_writer: GenericSingerWriter[Any, Any]) -> None:
        """Write with a writer of the tap's or of the SDK's."""
        super().__init__(message_writer)
        self._writer = message_writer
        self.followed = False
        """Whether a stream wrote another message behind the last state."""

    def write_state(self, state: TapState) -> None:
        """Write a state, where it differs from the last one."""
        before = self._last_emitted_state
        super().write_state(state)
        if self._last_emitted_state is not before:
            self.followed = False

    def write_last(self, state: TapState) -> None:
        """End the messages of a run with its state, unless it stands there already.

        A target hands on the states that it gets. Without a last one, some targets hand on none,
        and a file that takes their output is left empty.
        """
        writer = self._writer
        # The tap's own writer takes whole pages of records, past everything else.
        followed = self.followed or (
            isinstance(writer, MessageWriter) and not writer.ends_with_state
        )
        if followed:
            self._last_emitted_state = None
        self.write_state(state)
