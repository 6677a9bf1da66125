"""A token from the configuration is used as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.harness import StillClock, by_token, sync
from tests.support.one_stream import read, token_requests

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox


def test_a_configured_token_is_used_and_none_is_requested(sandbox: Sandbox) -> None:
    outcome = read(by_token(sandbox, api="marketplace"))
    assert len(outcome.records("buyers")) == 25
    assert token_requests(sandbox) == []


@pytest.mark.parametrize(("api", "stream"), [("accounting", "contacts"), ("marketplace", "buyers")])
def test_a_configured_token_that_is_refused_is_reported_at_once(
    sandbox: Sandbox, api: str, stream: str
) -> None:
    config = by_token(sandbox, api=api)
    sandbox.revoke_tokens()
    outcome = read(config)
    assert outcome.waits == []
    assert len(sandbox.requests) == 1
    error = outcome.stream(stream)["error"]
    assert "returned 401 Unauthorized" in error
    assert error.endswith("The token was refused: check `access_token`; it may have expired.")


def test_a_refused_token_is_retried_where_the_user_asked_for_it_by_the_first_stream_only(
    sandbox: Sandbox,
) -> None:
    config = by_token(sandbox, api="accounting") | {"verify": "off"}
    handler = {"retry_on_status_codes": [401], "max_retries": 2}
    sandbox.revoke_tokens()
    outcome = sync(config | {"error_handler": handler}, clock=StillClock())
    assert outcome.waits == [30.0, 30.0]
    assert len(sandbox.requests) == 3 + 1, "the second stream asks once"
    assert {part["status"] for part in outcome.report["streams"]} == {"failed"}
