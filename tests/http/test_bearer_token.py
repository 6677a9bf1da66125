"""A token from the configuration is used as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.one_stream import by_token, read, token_requests

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox


def test_a_configured_token_is_used_and_none_is_requested(sandbox: Sandbox) -> None:
    outcome = read(by_token(sandbox))
    assert len(outcome.records("buyers")) == 25
    assert token_requests(sandbox) == []


@pytest.mark.parametrize(
    ("api", "stream", "waits"),
    [("accounting", "contacts", [30.0] * 3), ("marketplace", "buyers", [])],
)
def test_a_configured_token_that_is_refused_is_reported(
    sandbox: Sandbox, api: str, stream: str, waits: list[float]
) -> None:
    config = by_token(sandbox, api)
    sandbox.revoke_tokens()
    outcome = read(config)
    assert outcome.waits == waits
    assert len(sandbox.requests) == len(waits) + 1
    error = outcome.stream(stream)["error"]
    assert "returned 401 Unauthorized" in error
    assert error.endswith("The token was refused: check `access_token`; it may have expired.")
