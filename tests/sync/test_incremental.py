"""Run after run from the state of the one before: what changed goes out, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.harness import connected, sync

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox
    from tests.support.harness import Outcome

FAMILIES = {
    "buyers": ("marketplace", "id", "last_modified_at"),
    "bank_transactions": ("accounting", "BankTransactionID", "UpdatedDateUTC"),
}


def keys(outcome: Outcome, stream: str) -> set[str]:
    key = FAMILIES[stream][1]
    return {row[key] for row in outcome.records(stream)}


@pytest.mark.parametrize("stream", FAMILIES)
def test_each_run_sends_what_changed_since_the_one_before(sandbox: Sandbox, stream: str) -> None:
    config = connected(sandbox, FAMILIES[stream][0])
    first = sync(config, stream)
    assert len(first.records(stream)) == len(sandbox.rows(stream))
    touched = set(sandbox.touch(stream, 3, 170)) | set(sandbox.insert(stream, None))
    second = sync(config, stream, state=first.state)
    assert touched <= keys(second, stream)
    assert len(second.records(stream)) < 10
    later = set(sandbox.touch(stream, 50))
    third = sync(config, stream, state=second.state)
    assert later <= keys(third, stream)
    assert len(third.records(stream)) < 10


@pytest.mark.parametrize("stream", FAMILIES)
def test_three_quiet_runs_in_a_row_send_only_the_newest_row_again(
    sandbox: Sandbox, stream: str
) -> None:
    """A filter that includes its bound finds the newest row each time; a merge absorbs it."""
    config = connected(sandbox, FAMILIES[stream][0])
    first = sync(config, stream)
    second = sync(config, stream, state=first.state)
    third = sync(config, stream, state=second.state)
    assert second.state == first.state == third.state
    held = first.state["bookmarks"][stream]["replication_key_value"]
    for outcome in (second, third):
        assert {row[FAMILIES[stream][2]] for row in outcome.records(stream)} <= {held, None}
        assert outcome.stream(stream)["verdict"] == "proven"


@pytest.mark.parametrize("stream", FAMILIES)
def test_a_server_that_ignores_the_filter_changes_only_the_cost(
    sandbox: Sandbox, stream: str
) -> None:
    config = connected(sandbox, FAMILIES[stream][0])
    state = sync(config, stream).state
    moment = datetime.now(UTC) - timedelta(minutes=5)
    touched = set(sandbox.touch(stream, 3, at=moment.isoformat()))
    heeded = sync(config, stream, state=state)
    sandbox.fault("ignore_since", stream=stream)
    ignored = sync(config, stream, state=state)
    assert touched <= keys(ignored, stream) == keys(heeded, stream)
    # What was found out stands beside the bookmark.
    assert ignored.state["bookmarks"][stream].pop("failed_ways")
    assert ignored.state == heeded.state
    assert ignored.stream(stream)["outside_range"] > 200
    assert heeded.stream(stream)["outside_range"] <= 1


def test_a_stream_without_a_replication_key_is_read_in_full_every_time(sandbox: Sandbox) -> None:
    stream = "analytics_marketplace_disbursements"
    first = sync(connected(sandbox), stream)
    second = sync(connected(sandbox), stream, state=first.state)
    assert len(first.records(stream)) == len(second.records(stream)) == len(sandbox.rows(stream))


def test_state_of_a_stream_that_is_not_selected_is_kept(sandbox: Sandbox) -> None:
    state = sync(connected(sandbox), "buyers").state
    after = sync(connected(sandbox), "listings", state=state).state
    assert after["bookmarks"]["buyers"] == state["bookmarks"]["buyers"]
    assert "replication_key_value" in after["bookmarks"]["listings"]
