"""Reading in one pass: requests and writing do not wait for each other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tap_analytics.sync.message_writer import MessageWriter
from tests.support.harness import connected, sync

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 2.0
"""Seconds that a request may take to arrive."""


@pytest.mark.parametrize(
    ("stream", "size"), [("buyers", 10), ("analytics_marketplace_disbursements", 100)]
)
def test_the_next_request_leaves_before_the_records_of_the_last_response_are_written(
    stream: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = 5
    write = MessageWriter.write_records

    def watched(writer: MessageWriter, records: Sequence[Any], *envelope: Any) -> None:  # noqa: ANN401  # as it is
        written.append(len(records))
        deadline = time.monotonic() + PATIENCE
        while sum(entry.stream == stream for entry in api.requests) <= len(written):
            if time.monotonic() > deadline:
                late.append(len(written))
                break
            time.sleep(0.001)
        write(writer, records, *envelope)

    written: list[int] = []
    late: list[int] = []
    monkeypatch.setattr(MessageWriter, "write_records", watched)
    with Sandbox(rows={stream: pages * size}, seed=2, edge_cases=False) as api:
        outcome = sync(connected(api, "marketplace", page_size=size, concurrency=1), stream)
    assert outcome.stream(stream)["read_by"] in {"keyset", "windows"}
    assert sum(written) == pages * size
    assert late == [len(written)], "only behind the last records no request is on its way"
