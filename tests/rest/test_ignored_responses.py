"""A response that is to be ignored by a text in it is no empty table where it holds records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

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


NO_DATA = {"content": "no data", "action": "ignore"}
SINGLE = {"type": "single_page"}
NAMED: dict[str, Any] = {
    "page_number": {"type": "page_number", "base_page": 1},
    "cursor": {"type": "cursor", "cursor_path": "leads"},
    "json_link": {"type": "json_link", "next_url_path": "leads"},
    "header_link": {"type": "header_link"},
}


def read(first: dict[str, Any], paginator: Any, **entry: Any) -> Outcome:  # noqa: ANN401  # any JSON
    """Read a list whose every response is this one, into a table that it replaces."""
    outcome = read_list(
        lambda _: first,
        endpoint={"paginator": paginator, "response_actions": [NO_DATA]},
        write_disposition="replace",
        schema=SCHEMA,
        settings={"emit_activate_version_messages": True},
        **entry,
    )
    part = outcome.stream("items")
    assert (part["status"], part["records"]) == ("succeeded", 0)
    assert bool(outcome.of("ACTIVATE_VERSION")) is (part["verdict"] == "proven")
    return outcome


@pytest.mark.parametrize("sign", [{"next_cursor": "c"}, {"has_more": True}, {"total": 9}], ids=str)
@pytest.mark.parametrize("paginator", ["auto", SINGLE, *NAMED.values()], ids=str)
def test_what_such_a_response_says_of_more_takes_the_word_away(
    paginator: object, sign: dict[str, Any]
) -> None:
    """Whatever is named, a server that says that there is more is believed."""
    part = read({"message": "no data"} | sign, paginator).stream("items")
    assert part["verdict"] == "not proven"
    assert part["stop_reason"] == "a response that `response_actions` ignores"
    assert part["reasons"][-1].startswith(f"the last response says `{next(iter(sign))}: ")


@pytest.mark.parametrize("member", [{"cursor": "c"}, {"nextKey": "c"}], ids=str)
@pytest.mark.parametrize("paginator", ["auto", "header_link", NAMED["cursor"]], ids=str)
def test_what_may_lead_on_from_it_does_so_too(paginator: object, member: dict[str, Any]) -> None:
    part = read({"message": "no data"} | member, paginator).stream("items")
    assert part["verdict"] == "not proven"
    name = next(iter(member))
    assert f"its response has `{name}`" in part["reasons"][-1]
    ignored = read({"message": "no data"} | member, paginator, ignore_signs=[name])
    assert ignored.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("said", [{}, {"has_more": False, "next_cursor": None}], ids=str)
@pytest.mark.parametrize("paginator", ["auto", SINGLE, *NAMED.values()], ids=str)
def test_such_a_response_is_the_end_where_it_says_no_more(
    paginator: object, said: dict[str, Any]
) -> None:
    part = read({"message": "no data"} | said, paginator).stream("items")
    assert part["verdict"] == "proven"
    assert part["stop_reason"] == "a response that `response_actions` ignores"


@pytest.mark.parametrize("paginator", ["auto", SINGLE, *NAMED.values()], ids=str)
def test_a_cursor_beside_an_empty_list_is_no_end_where_nobody_follows_it(paginator: object) -> None:
    part = read({"data": [], "next_cursor": "c"}, paginator).stream("items")
    assert part["verdict"] == "not proven"
    assert part["reasons"][-1].startswith("the last response says `next_cursor: a cursor`")


@pytest.mark.parametrize("heeded", [True, False])
def test_a_status_that_is_ignored_may_come_of_a_parameter_that_is_a_filter(heeded: bool) -> None:  # noqa: FBT001  # of pytest
    """A server that has 404 for nothing found, and takes what it does not know for a filter."""
    outcome = read_list(
        lambda query: (404, {}) if query or heeded else {"data": ROWS},
        endpoint={
            "paginator": NAMED["page_number"],
            "response_actions": [{"status_code": 404, "action": "ignore"}],
        },
        schema=SCHEMA,
    )
    part = outcome.stream("items")
    assert part["verdict"] == ("proven" if heeded else "not proven")
    assert part["stop_reason"] == "a response that `response_actions` ignores"
