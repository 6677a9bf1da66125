"""A limit that a server tells by 403 is waited for as 429 is, and is no refusal to be ignored."""

from __future__ import annotations

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

ROWS = [{"id": 1}, {"id": 2}]
ACTIONS = [{"status_code": 403, "action": "ignore"}]
LIMITS = [
    Response({"message": "You have exceeded a secondary limit"}, 403, {"Retry-After": "7"}),
    Response({"message": "no"}, 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"}),
    Response({"message": "no"}, 403, {"RateLimit-Remaining": "0", "RateLimit-Reset": "7"}),
    Response({"message": "API rate limit exceeded for user ID 1."}, 403),
    Response({"error": {"errors": [{"reason": "rateLimitExceeded"}]}}, 403),
    Response({"message": "no"}, 400, {"Retry-After": "7"}),
    Response({"message": "no"}, 429),
]


def items(*, ignored: bool, **parts: object) -> dict[str, object]:
    endpoint = {"path": "items", "data_selector": "data", "paginator": "single_page"}
    actions = [*ACTIONS, {"status_code": 400, "action": "ignore"}] if ignored else []
    return {
        "name": "items",
        "primary_key": "id",
        "schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
        "endpoint": endpoint | {"response_actions": actions},
        **parts,
    }


@pytest.mark.parametrize("ignored", [True, False])
@pytest.mark.parametrize("limit", LIMITS, ids=str)
def test_a_limit_is_waited_for_before_response_actions_are_looked_at(
    limit: Response,
    ignored: bool,  # noqa: FBT001  # of pytest
) -> None:
    """GitHub has 403 for its limits, too: rows were deleted by what a user ignores as private."""
    left = [limit, limit]

    def respond(_: Request) -> Response:
        return left.pop() if left else Response({"data": ROWS})

    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [items(ignored=ignored)]})
    part = outcome.stream("items")
    assert (part["verdict"], part["records"], part["retries"]) == ("proven", 2, 2)
    assert sum(outcome.waits) == (14 if limit.headers else 6)


def test_a_limit_that_stays_is_an_error_though_its_status_is_ignored() -> None:
    with serving(lambda _: LIMITS[3]) as server:
        replaced = items(ignored=True, write_disposition="replace")
        outcome = run_tap(server, {"resources": [replaced]})
    part = outcome.stream("items")
    assert (part["status"], part["verdict"]) == ("failed", "not proven")
    assert "after 3 retries" in part["error"]
    assert part["error"].endswith("have fewer sent by `requests_per_minute`.")
    assert outcome.of("ACTIVATE_VERSION") == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_that_names_no_limit_is_not_waited_for(status: int) -> None:
    """A server that tells of its quota in every response has 404 with the last one of it, too."""
    headers = {"X-RateLimit-Remaining": "1" if status == 403 else "0", "X-RateLimit-Reset": "7"}
    with serving(lambda _: Response({"message": "no"}, status, headers)) as server:
        outcome = run_tap(server, {"resources": [items(ignored=True)]})
    assert outcome.waits == []
    assert outcome.stream("items")["retries"] == 0
