"""A link to the next page is followed however it is spelled, or takes the word *proven* away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.http.links import parse_links
from tap_analytics.rest.response.link_targets import with_mount
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

    Spell = Callable[[str], Any]
    """From the address of the next page to what the response says of it."""

PAGES = 3

# Each has the address in the place of `{}`.
SPELLINGS = {
    "as most write it": '<{}>; rel="next"',
    "several relations": '<{}>; rel="next last"',
    "a relation in other letters": '<{}>; rel="Next"',
    "a parameter in other letters": '<{}>; REL="next"',
    "; and , in a quoted text": '<{}>; title="a; b, c"; rel="next"',
    "a link in a quoted text": '<{}>; title="x, </y>; rel=prev"; rel="next"',
    "a quote in a quoted text": r'<{}>; title="a \"b\", c"; rel="next"',
    "blanks": ' <{}> ;  rel = "next" ',
    "no quotes": "<{}>;rel=next",
    "single quotes": "<{}>; rel='next'",
    "no brackets": "{}; rel=next",
    "no semicolon": '<{}> rel="next"',
    "a registered relation's address": (
        '<{}>; rel="http://www.iana.org/assignments/relation/next"'
    ),
    "behind another link": '</first>; rel="first",<{}>; rel="next"',
    "behind an empty link": ',, <>; rel="self" , <{}>; rel="next"',
    "behind one with an open text": '</a>; title=b, c, <{}>; rel="next"',
    "before another next": '<{}>; rel="next", </other>; rel="next"; type="text/html"',
    "no quote at the end": '<{}>; rel="next',
}


def read(spell: Spell, paginator: Any, *, member: str | None = None) -> Outcome:  # noqa: ANN401  # any paginator
    """Read three pages of ten that tell the next one in the header `Link`, or in a member."""

    def respond(request: Request) -> Response:
        page = int(request.query.get("page", 1))
        rows = range(10 * (page <= PAGES))
        body: dict[str, Any] = {"data": [{"id": page * 10 + row} for row in rows]}
        if page >= PAGES:
            return Response(body)
        told = spell(f"{request.path}?page={page + 1}")
        if member:
            return Response({**body, member: told})
        return Response(body, headers=told if isinstance(told, dict) else {"Link": told})

    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with serving(respond) as server:
        return run_tap(server, {"resources": [entry]}, concurrency=1)


def proven(outcome: Outcome) -> tuple[str, int]:
    """The verdict, and how many records came."""
    return outcome.stream("items")["verdict"], len(outcome.records("items"))


@pytest.mark.parametrize("paginator", ["header_link", "auto"])
@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=list(SPELLINGS))
def test_a_link_in_the_header_is_followed(spelled: str, paginator: str) -> None:
    assert proven(read(spelled.format, paginator)) == ("proven", 30)


@pytest.mark.parametrize("paginator", ["header_link", "auto"])
def test_a_link_in_the_second_line_of_that_header_is_followed(paginator: str) -> None:
    def lines(url: str) -> dict[str, str]:
        return {"Link": '</items>; rel="first"', "link": f'<{url}>; rel="NEXT"'}

    assert proven(read(lines, paginator)) == ("proven", 30)


@pytest.mark.parametrize("relation", ["next-page", "https://example.com/rels/next"])
def test_a_relation_that_is_only_called_next_is_found_out_or_speaks_against_the_end(
    relation: str,
) -> None:
    spelled = f'<{{}}>; rel="{relation}"'
    assert proven(read(spelled.format, "auto")) == ("proven", 30)
    outcome = read(spelled.format, "header_link")
    assert proven(outcome) == ("not proven", 10)
    advice = f"`header_link` with `links_next_key: {relation}` would read on"
    assert advice in outcome.stream("items")["reasons"][0]
    named = {"type": "header_link", "links_next_key": relation.upper()}
    assert proven(read(spelled.format, named)) == ("proven", 30)


@pytest.mark.parametrize("spelled", SPELLINGS.values(), ids=list(SPELLINGS))
def test_a_link_that_nobody_follows_speaks_against_the_end(spelled: str) -> None:
    outcome = read(spelled.format, "single_page")
    assert proven(outcome) == ("not proven", 10)
    assert "`Link: an address`" in outcome.stream("items")["reasons"][0]


JSON_LINK = {"type": "json_link", "next_url_path": "next"}


@pytest.mark.parametrize("paginator", [JSON_LINK, "auto"], ids=["json_link", "auto"])
def test_a_link_that_an_object_wraps_is_followed(paginator: Any) -> None:  # noqa: ANN401  # any paginator
    assert proven(read(lambda url: {"href": url}, paginator, member="next")) == ("proven", 30)


@pytest.mark.parametrize("names", [("links", "rel", "href"), ("link", "relation", "url")])
@pytest.mark.parametrize("rel", ["next", "Next", ["up", "next"], "next last"])
def test_a_list_of_links_names_relations_in_any_letters_and_several_at_once(
    rel: object, names: tuple[str, str, str]
) -> None:
    """As NetSuite, Oracle, PayPal and FHIR have it; the sentence names the place that leads on."""
    member, relation, address = names

    def links(url: str) -> list[dict[str, object]]:
        return [{relation: "self", address: "/items"}, {relation: rel, address: url}]

    outcome = read(links, "single_page", member=member)
    (reason,) = outcome.stream("items")["reasons"]
    assert f"`{member}.next: an address`" in reason
    place = reason.split("`json_link` with `next_url_path: ")[1].split("`")[0]
    named = {"type": "json_link", "next_url_path": place}
    assert proven(read(links, named, member=member)) == ("proven", 30)
    assert proven(read(links, "auto", member=member)) == ("proven", 30)


@pytest.mark.parametrize(
    ("told", "kind"), [({"page": 2}, "an object"), (2, "a number"), (True, "a boolean")]
)
def test_what_is_no_link_where_one_should_be_is_named(told: object, kind: str) -> None:
    outcome = read(lambda _: told, JSON_LINK, member="next")
    error = outcome.stream("items")["error"]
    assert f"returned no next page: `next` holds {kind}, not an address" in error


@pytest.mark.parametrize("text", [", " * 30_000, "<" * 60_000, '<a>; rel="' + "\\" * 60_000])
def test_a_header_of_60_kilobytes_is_read_at_once(text: str) -> None:
    began = time.process_time()
    list(parse_links(text))
    assert time.process_time() - began < 1


@pytest.mark.parametrize("paginator", ["header_link", "auto", "single_page"])
@pytest.mark.parametrize("spelled", ['results="{}"', "Results={}", "results='{}'"])
def test_a_link_that_says_that_nothing_is_there_is_none(paginator: str, spelled: str) -> None:
    """As Sentry: each page links to a next one, and says beside it whether that has anything."""
    asked: list[int] = []

    def respond(request: Request) -> Response:
        begins = int(request.query.get("cursor", "0:0:0").split(":")[1])
        asked.append(begins)
        follows = spelled.format(str(begins + 10 < held).lower())
        link = f'</items?cursor=0:{begins + 10}:0>; rel="next"; {follows}; cursor="0:0:0"'
        rows = [{"id": row} for row in range(held)][begins : begins + 10]
        return Response({"data": rows}, headers={"Link": link})

    endpoint = {"path": "/items", "data_selector": "data", "paginator": paginator}
    entry = {"name": "items", "primary_key": "id", "endpoint": endpoint}
    held = 10 if paginator == "single_page" else 25
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry]})
    assert proven(outcome) == ("proven", held)
    assert max(asked) < held, "nothing is asked for where nothing is"


def lean(request: Request, *, place: str = "page") -> Response:
    """As Laravel: a link has the page's number and nothing else of what was asked for."""
    rows = [{"id": row, "open": row % 2 == 0} for row in range(60)]
    rows = [row for row in rows if row["open"] or "open" not in request.query]
    size = int(request.query.get("per_page", 15))
    number = int(request.query.get(place, 1))
    begins = (number - 1) * size if place == "page" else int(request.query.get(place, 0))
    follows = f"/items?{place}={number + 1 if place == 'page' else begins + size}"
    more = begins + size < len(rows)
    body = {"data": rows[begins : begins + size], "next_page_url": follows if more else None}
    return Response(body, headers={"Link": f'<{follows}>; rel="next"'} if more else {})


@pytest.mark.parametrize("place", ["page", "offset"])
@pytest.mark.parametrize(
    "endpoint",
    [
        {"paginator": {"type": "json_link", "next_url_path": "next_page_url", "limit": 10}},
        {"paginator": {"type": "header_link", "limit": 10}},
        {"params": {"per_page": 10}, "paginator": "auto"},
    ],
    ids=["json_link", "header_link", "auto"],
)
def test_a_link_to_a_numbered_page_gets_the_parameters_that_it_lacks(
    endpoint: dict[str, Any], place: str
) -> None:
    if isinstance(endpoint["paginator"], dict):
        endpoint["paginator"]["limit_param"] = "per_page"
    asked = {"params": endpoint.get("params", {}) | {"open": "1"}}
    entry = {"path": "/items", "data_selector": "data"} | endpoint | asked
    with serving(lambda request: lean(request, place=place)) as server:
        outcome = run_tap(server, {"resources": [{"name": "items", "endpoint": entry}]})
    rows = outcome.records("items")
    assert [row["id"] for row in rows] == list(range(0, 60, 2)), "of one size and one selection"
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("token", ["cursor=page2", "after=20", "$skip=10"])
def test_a_link_with_a_cursor_is_followed_as_it_is(token: str) -> None:
    asked: list[dict[str, str]] = []

    def respond(request: Request) -> Response:
        asked.append(dict(request.query))
        first = len(request.query) != 1 or "size" in request.query
        rows = [{"id": row} for row in range(10 * first, 10 * first + 10)]
        return Response({"data": rows, "next": f"/items?{token}" if first else None})

    paginator = {"type": "json_link", "limit": 10, "limit_param": "size"}
    entry = {"path": "/items", "data_selector": "data", "paginator": paginator}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [{"name": "items", "endpoint": entry}]})
    name, _, value = token.partition("=")
    assert {name: value} in asked
    assert len(outcome.records("items")) == 20


MOUNTED = "wiki/rest/api/content"


def read_mounted(link: str, paginator: Any, *, behind: str = "") -> Outcome:  # noqa: ANN401  # any paginator
    """Read an API that is mounted, perhaps behind a gateway, and links to its own next page."""

    def respond(request: Request) -> Response:
        if request.path.strip("/") != behind + MOUNTED:
            return Response({"message": "there is no such path"}, status=404)
        start = int(request.query.get("from", 0))
        links = {"next": link.format(start + 10)} if start < 20 else {}
        rows = [{"id": row} for row in range(start, start + 10)]
        return Response({"data": rows, "_links": {"base": "https://example.com/wiki"} | links})

    endpoint = {"path": behind + MOUNTED, "data_selector": "data", "paginator": paginator}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with serving(respond) as server:
        return run_tap(server, {"resources": [entry]}, concurrency=1)


@pytest.mark.parametrize("behind", ["", "gateway/"])
@pytest.mark.parametrize(
    "link", ["/rest/api/content?from={}", "/rest/api/content/?from={}", f"/{MOUNTED}?from={{}}"]
)
@pytest.mark.parametrize(
    "paginator", ["auto", {"type": "json_link", "next_url_path": "_links.next"}], ids=str
)
def test_a_link_without_the_path_of_the_mount_is_followed(
    paginator: object, link: str, behind: str
) -> None:
    """Confluence's first API leaves `/wiki` out, its second one writes it."""
    assert proven(read_mounted(link, paginator, behind=behind)) == ("proven", 30)


def test_a_link_to_another_path_is_left_as_it_is() -> None:
    for link in ("?page=2", "content?page=2", "//example.com/content", "/", "/?page=2", "/tent"):
        assert with_mount(link, "https://example.com/wiki/content") == link
    assert with_mount("/content?p=2", "https://example.com/content?p=1") == "/content?p=2"
    assert with_mount("/content?p=2", "https://example.com/a/content/") == "/a/content?p=2"


def test_a_mounted_link_to_the_page_itself_is_the_end() -> None:
    part = read_mounted("/rest/api/content", "single_page").stream("items")
    assert part["verdict"] == "proven"
