"""Refusals that are ignored: they say nothing of records, so that they take none from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.rest.page import refusing_status

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context

    from tap_analytics.rest.page import Page
    from tap_analytics.sync.stream import SingerStream

STATE_KEY = "had_records"
"""The state's entry that says of a stream without a bookmark that it had records."""

IGNORES = (
    "`response_actions` of {0} ignores status {1}, which refuses access and does not say that "
    'there are no records (`ignore_signs: ["{1}"]` takes it for an empty list)'
)


class Refusals:
    """The refusals of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: SingerStream, context: Context | None) -> None:
        """Look at what an earlier run has left.

        Args:
            stream: What is read.
            context: The parent's part.
        """
        self._stream = stream
        self._state = stream.get_context_state(context)
        self._had_records = bool(self._state.keys() & {STATE_KEY, "replication_key_value"})
        self._came = False
        self._refused: tuple[str, str] | None = None

    def found(self, page: Page) -> tuple[str, str] | None:
        """What of a page takes the proof away, and the page's label; None where nothing does.

        A server that has never had records for the tap may have none, as the user says.
        """
        self._came = self._came or bool(page.records.on_page)
        member = page.error_member
        status = None if member is None else refusing_status(member)
        if member is not None and status is None:
            return member, page.label
        if member is not None:
            self._stream.deletes_nothing = IGNORES.format(self._stream.name, status)
            self._refused = member, page.label
        return self._refused if self._had_records or self._came else None

    def remember(self) -> None:
        """Note in the state that there were records, where no bookmark will tell."""
        if self._came and not self._had_records and self._stream.ignored:
            self._state[STATE_KEY] = True
            self._stream.state_manager.is_flushed = False
