"""Standard output as a target sees it, and a tap that writes to it the SDK's own way."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

from singer_sdk.io_base import SingerWriter

from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from collections.abc import Iterator


class SDKTap(TapAnalytics):
    """The same tap with the SDK's own writer: every record goes through the SDK's own hands."""

    message_writer_class = SingerWriter  # type: ignore[assignment]  # any of the SDK's will do


class Pipe(io.BytesIO):
    """Standard output as a target sees it: only what was flushed has arrived."""

    def __init__(self) -> None:
        """Nothing has arrived."""
        super().__init__()
        self.arrived: list[bytes] = []
        self._seen = 0

    def flush(self) -> None:
        """Let what was written arrive."""
        whole = self.getvalue()
        if len(whole) > self._seen:
            self.arrived.append(whole[self._seen :])
            self._seen = len(whole)


@contextmanager
def piped() -> Iterator[Pipe]:
    """Standard output that goes into a pipe."""
    pipe = Pipe()
    output = io.TextIOWrapper(pipe, encoding="utf-8")
    with redirect_stdout(output):
        yield pipe
    output.detach()


def run(tap: TapAnalytics) -> list[dict[str, Any]]:
    """Return what a tap writes."""
    with piped() as pipe:
        tap.sync_all()
    return [json.loads(line) for line in pipe.getvalue().splitlines()]
