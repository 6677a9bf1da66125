"""Rows deleted at the source disappear from PostgreSQL, and only after a proven pass.

The Meltano target and a real server, started for these tests on a free port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected_by_pages as connected
from tests.support.harness import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.postgres import Server

STREAM = "analytics_marketplace_disbursements"


def held(database: Server) -> set[str]:
    """The keys in the table."""
    return {row["id"] for row in database.rows("loaded", STREAM)}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An API with few rows: the target takes longer over one than the tap."""
    with Sandbox(rows={STREAM: 40, "buyers": 40}, seed=1) as api:
        yield api


def there(sandbox: Sandbox) -> set[str]:
    return {row["id"] for row in sandbox.rows(STREAM)}


def test_rows_deleted_at_the_source_disappear_but_not_because_of_a_broken_run(
    sandbox: Sandbox, database: Server, load: Callable[[bytes], None]
) -> None:
    config = connected(sandbox, page_size=10, emit_activate_version_messages=True)
    first = sync(config, STREAM)
    load(first.raw)
    assert held(database) == there(sandbox)

    before = there(sandbox)
    sandbox.delete(STREAM, 3, 14, 33)
    sandbox.fault("status", stream=STREAM, page=3, times=None, code=500)
    broken = sync(config, STREAM)
    assert broken.error is not None
    load(broken.raw)
    assert held(database) == before, "a run that broke in the middle removes nothing"

    sandbox.clear()
    whole = sync(config, STREAM)
    load(whole.raw)
    assert held(database) == there(sandbox)
    assert len(there(sandbox)) == 37


def test_the_target_is_told_after_the_last_record_of_a_proven_pass_and_not_otherwise(
    sandbox: Sandbox,
) -> None:
    config = connected(sandbox, page_size=10, emit_activate_version_messages=True, concurrency=1)
    proven = sync(config, STREAM, "buyers")
    told = [number for number, m in enumerate(proven.messages) if m["type"] == "ACTIVATE_VERSION"]
    records = [
        number
        for number, message in enumerate(proven.messages)
        if message["type"] == "RECORD" and message["stream"] == STREAM
    ]
    assert len(told) == 1, "only a stream that is read in full knows what is gone"
    assert told[0] > records[-1]
    versions = {proven.messages[number]["version"] for number in records}
    assert versions == {proven.messages[told[0]]["version"]}

    for number in range(1, 4):
        sandbox.edit(STREAM, page=2, nth=number, delete=[0], insert=[None])
    moving = sync(config, STREAM)
    assert moving.stream(STREAM)["verdict"] == "not proven"
    assert moving.of("ACTIVATE_VERSION") == []
    assert (
        sync(config | {"emit_activate_version_messages": False}, STREAM).of("ACTIVATE_VERSION")
        == []
    )
