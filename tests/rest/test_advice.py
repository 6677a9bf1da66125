"""Who follows the advice of a sentence about the end reads on, up to the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

    Respond = Callable[[Request], Response]
    Tell = Callable[[int], tuple[dict[str, Any], dict[str, str]]]
    """From where the next page begins to what the body and the headers say of it."""

ROWS = [{"id": row} for row in range(25)]
SIZE = 10
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def paged(param: str, tell: Tell, *, by_page: bool = False, prefix: str = "c") -> Respond:
    """Pages by one parameter; any other is refused, as Google does."""

    def respond(request: Request) -> Response:
        if request.query.keys() - {param}:
            return Response({"error": {"message": "Unknown name"}}, status=400)
        told = int(request.query.get(param, "").removeprefix(prefix) or by_page)
        begin = SIZE * (told - 1) if by_page else told
        follows = begin + SIZE < len(ROWS)
        body, headers = tell(told + 1 if by_page else begin + SIZE) if follows else ({}, {})
        usual = {"kind": "calendar#events", "etag": '"x"', "items": ROWS[begin : begin + SIZE]}
        return Response(usual | body, headers=headers)

    return respond


SERVERS: dict[str, Respond] = {
    "Google": paged("pageToken", lambda at: ({"nextPageToken": f"c{at}"}, {})),
    "AIP-158": paged("page_token", lambda at: ({"next_page_token": f"c{at}"}, {})),
    "Slack": paged("cursor", lambda at: ({"response_metadata": {"next_cursor": f"c{at}"}}, {})),
    "HubSpot": paged("after", lambda at: ({"paging": {"next": {"after": f"{at}"}}}, {})),
    "Pipedrive": paged(
        "start", lambda at: ({"additional_data": {"pagination": {"next_start": at}}}, {})
    ),
    "Bitbucket Data Center": paged("start", lambda at: ({"nextPageStart": at}, {})),
    "Azure DevOps": paged(
        "continuationToken", lambda at: ({}, {"X-MS-ContinuationToken": f"{at}"})
    ),
    "GitLab": paged("page", lambda at: ({}, {"X-Next-Page": f"{at}"}), by_page=True),
    "Kaminari": paged("page", lambda at: ({"next_page": at}, {}), by_page=True),
    "Confluence": paged("start", lambda at: ({"_links": {"next": f"/items?start={at}"}}, {})),
    "a flag": paged("page", lambda _: ({"has_more": True}, {}), by_page=True),
}


def read(respond: Respond, paginator: object) -> Outcome:
    """Read the list of a server that is mounted under a path."""
    endpoint = {"path": "v1/items", "data_selector": "items", "paginator": paginator}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        return run_tap(server, {"resources": [entry]}, concurrency=1)


def advised(reason: str) -> dict[str, Any]:
    """The paginator that a sentence names first."""
    told = re.search(r"a paginator of type `(\w+)`(?: or `\w+`)?(.*?) would read on", reason)
    assert told is not None, reason
    keys = re.findall(r"`(\w+: .+?)`", told[2].partition(", or `")[0])
    return {"type": told[1]} | {name: value for key in keys for name, value in _pair(key)}


def _pair(text: str) -> Any:  # noqa: ANN401  # of YAML
    return yaml.safe_load(text).items()


@pytest.mark.parametrize("name", SERVERS)
def test_the_paginator_that_a_sentence_names_reads_on(name: str) -> None:
    part = read(SERVERS[name], "single_page").stream("items")
    assert part["verdict"] == "not proven"
    paginator = advised(part["reasons"][-1])
    if paginator["type"] == "page_number":
        paginator["base_page"] = 1
    outcome = read(SERVERS[name], paginator)
    part = outcome.stream("items")
    assert (part["error"], part["verdict"]) == (None, "proven"), part["reasons"]
    assert {record["id"] for record in outcome.records("items")} == set(range(len(ROWS)))


@pytest.mark.parametrize("name", SERVERS)
def test_where_nobody_names_one_it_is_found(name: str) -> None:
    part = read(SERVERS[name], "auto").stream("items")
    assert (part["verdict"], part["records"]) == ("proven", len(ROWS))
