"""A response that is to be ignored by a text in it is no empty table where it holds records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

ROWS = [{"id": 1, "text": "a cat"}, {"id": 2, "text": "my dog is gone"}]
SCHEMA = {"properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}


@pytest.mark.parametrize("selector", ["data", None])
@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (Response({"data": ROWS}), "not proven"),
        (Response({"message": "gone"}), "proven"),
        (Response({"data": [], "message": "gone"}), "proven"),
        (Response(b"gone"), "proven"),
        (Response({"data": ROWS, "message": "gone"}, 404), "proven"),
    ],
)
def test_a_text_that_may_be_in_a_record_takes_the_word_away(
    response: Response, verdict: str, selector: str | None
) -> None:
    gone = {"content": "gone", "action": "ignore"}
    endpoint: dict[str, Any] = {"path": "items", "paginator": "single_page"}
    endpoint |= {"response_actions": [gone]} | ({"data_selector": selector} if selector else {})
    entry = {
        "name": "items",
        "primary_key": "id",
        "schema": {"type": "object", **SCHEMA},
        "write_disposition": "replace",
        "endpoint": endpoint,
    }
    with serving(lambda _: response) as server:
        outcome = run_tap(server, {"resources": [entry]})
    part = outcome.stream("items")
    assert (part["status"], part["verdict"], part["records"]) == ("succeeded", verdict, 0)
    assert bool(outcome.of("ACTIVATE_VERSION")) == (verdict == "proven")
    sentence = "`response_actions` ignores first page by a text in it, and it holds records"
    assert any(reason.startswith(sentence) for reason in part["reasons"]) != (verdict == "proven")


@pytest.mark.parametrize("named", [True, False])
def test_a_cursor_beside_the_text_leads_on_or_takes_the_word_away(named: bool) -> None:  # noqa: FBT001  # of pytest
    """Some servers leave an empty list out, on a first page with more behind it, too."""

    def respond(request: Request) -> Response:
        first = "pageToken" not in request.query
        return Response({"kind": "list", "nextPageToken": "more"} if first else {"data": ROWS})

    cursor = {"type": "cursor", "cursor_path": "nextPageToken", "cursor_param": "pageToken"}
    endpoint: dict[str, Any] = {"path": "items", "data_selector": "data"}
    endpoint["paginator"] = cursor if named else {"type": "page_number", "base_page": 1}
    endpoint["response_actions"] = [{"content": "list", "action": "ignore"}]
    schema = {"type": "object", **SCHEMA}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry | {"write_disposition": "replace"}]})
    part = outcome.stream("items")
    # Pages of no equal size prove nothing, but nothing is missing.
    assert (part["records"], part["verdict"]) == (2 if named else 0, "not proven")
    assert not outcome.of("ACTIVATE_VERSION")
