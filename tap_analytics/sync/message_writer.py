"""The Singer writer: exact and fast.

Records are encoded once, gathered, and written in chunks. Nothing is held back while the tap waits
for the network: whoever waits calls `flush` first.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from singer_sdk.singerlib import RecordMessage, StateMessage
from singer_sdk.singerlib.encoding import GenericSingerWriter

from tap_analytics.records.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib.encoding.simple import Message

CHUNK = 256 * 1024
"""Bytes gathered before they are written."""

PIECE = 100
"""Records that are joined at once."""


class MessageWriter(GenericSingerWriter[bytes, "Message"]):
    """Writes Singer messages to standard output; decimals leave digit for digit."""

    def __init__(self) -> None:
        """Start with nothing gathered."""
        self._gathered: list[bytes] = []
        self._size = 0
        self.ends_with_state = False
        """Whether the last message is a STATE."""

    def serialize_message(self, message: Message) -> bytes:
        """A message as one line of JSON, without its line end."""
        return encode(message.to_dict())

    def write_message(self, message: Message) -> None:
        """Write a message; anything but a record also writes all that was gathered before it.

        Raises:
            OSError: Standard output cannot be written to.
        """
        self._gather(self.format_message(message), b"\n")
        self.ends_with_state = isinstance(message, StateMessage)
        if not isinstance(message, RecordMessage):
            self.flush()

    def write_records(self, records: Sequence[bytes], before: bytes, after: bytes) -> None:
        """Write the records of one page.

        Args:
            records: Each record's own JSON.
            before: The message up to its record.
            after: The message from behind its record, with the line end.

        Raises:
            OSError: Standard output cannot be written to.
        """
        between = after + before
        for start in range(0, len(records), PIECE):
            # A large page at once would be held several times, and in new memory each time.
            self._gather(before, between.join(records[start : start + PIECE]), after)
            self.ends_with_state = False

    def flush(self) -> None:
        """Write what was gathered.

        Raises:
            OSError: Standard output cannot be written to.
        """
        if self._gathered:
            chunk = b"".join(self._gathered)
            self._gathered.clear()
            self._size = 0
            output = sys.stdout.buffer
            output.write(chunk)
            output.flush()

    def _gather(self, *parts: bytes) -> None:
        self._gathered += parts
        self._size += sum(map(len, parts))
        if self._size >= CHUNK:
            self.flush()
