"""How a resource pages is found out by asking; what there is no sign for is not claimed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.compatibility.endpoints import ROWS
from tests.support.compatibility.server import Request, Response, serving
from tests.support.harness import sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.compatibility.server import ShapeServer

    Routes = Callable[[Request], Response]

SIZE = 5


def pages(param: str, *, first: int = 1, size_param: str = "", envelope: str = "") -> Routes:
    """Pages by number, with or without a parameter for their size."""

    def respond(request: Request) -> Response:
        size = int(request.query.get(size_param, SIZE))
        start = (int(request.query.get(param, first)) - first) * size
        rows = ROWS[start : start + size] if start >= 0 else []
        return Response({envelope: rows} if envelope else rows)

    return respond


@contextmanager
def asking(routes: Routes, tmp_path: Path) -> Iterator[Callable[..., tuple[Any, str]]]:
    """A function that asks for an entry, and reads all of it."""
    with serving(routes) as server:

        def entry(path: str, *arguments: str) -> tuple[Any, str]:
            connection = {"base_url": server.base_url}
            ended = ask(tmp_path, connection, "--path", path, "--name", "rows", *arguments)
            assert ended.exit_code == 0, ended.output
            (found,) = yaml.safe_load(ended.stdout)["resources"]
            outcome = sync({**connection, "resources": [found]})
            found["read"] = len({record["id"] for record in outcome.records("rows")})
            found["verdict"] = outcome.stream("rows")["verdict"]
            return found, ended.stdout

        yield entry


GIVEN: dict[str, tuple[Routes, tuple[str, ...], dict[str, Any]]] = {
    "in the path": (pages("p"), ("/rows?p=1",), {"page_param": "p", "base_page": 1}),
    "as a parameter": (
        pages("pagina", envelope="data"),
        ("/rows", "--param", "pagina=1"),
        {"page_param": "pagina", "base_page": 1},
    ),
    "from 0": (pages("p", first=0), ("/rows?p=0",), {"page_param": "p", "base_page": 0}),
    "a later page": (pages("page"), ("/rows?page=3",), {"page_param": "page", "base_page": 1}),
    "a size beside it": (
        pages("p", size_param="n"),
        ("/rows?p=1&n=4",),
        {"page_param": "p", "base_page": 1, "limit": 4, "limit_param": "n"},
    ),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_page_parameter_of_the_users_own_is_tried_and_becomes_the_paginators(
    tmp_path: Path, name: str
) -> None:
    routes, (path, *arguments), paginator = GIVEN[name]
    with asking(routes, tmp_path) as entry:
        found, _ = entry(path, *arguments)
    assert found["endpoint"]["paginator"] == {"type": "page_number", **paginator}
    assert found["endpoint"]["path"] == "/rows"
    assert "params" not in found["endpoint"]
    assert (found["read"], found["verdict"]) == (len(ROWS), "proven")


def test_a_number_that_filters_is_no_page(tmp_path: Path) -> None:
    def respond(request: Request) -> Response:
        status = request.query.get("status")
        rows = [row for row in ROWS if status is None or row["id"] % 3 == int(status)]
        return Response(rows)

    with asking(respond, tmp_path) as entry:
        found, _ = entry("/rows?status=1")
    assert "paginator" not in found["endpoint"]
    assert found["endpoint"]["params"] == {"status": "1"}


@pytest.mark.parametrize(
    ("signs", "headers", "said"),
    [
        ({"total": 25}, {}, "`total: 25`"),
        ({"has_more": True}, {}, "`has_more: true`"),
        ({"paging": {"next_cursor": "abc"}}, {}, "`paging.next_cursor: a cursor`"),
        ({}, {"X-Total-Count": "25"}, "`X-Total-Count: 25`"),
        ({}, {"Next-Page": "/elsewhere?_token=b"}, "`Next-Page: an address`"),
    ],
)
def test_one_page_is_never_proposed_against_a_sign_of_more(
    tmp_path: Path, signs: dict[str, Any], headers: dict[str, str], said: str
) -> None:
    def respond(request: Request) -> Response:
        if request.path == "/elsewhere":
            return Response({"error": "gone"}, 404)
        return Response({"data": ROWS[:SIZE], **signs}, headers=headers)

    with asking(respond, tmp_path) as entry:
        found, text = entry("/rows")
    assert "paginator" not in found["endpoint"]
    assert "# guess: no paginator: nothing that was tried led beyond the first page" in text
    assert said in text
    assert (found["read"], found["verdict"]) == (SIZE, "not proven")


def next_page_header(request: Request) -> Response:
    """Kinto's way: an address in a header."""
    start, size = int(request.query.get("_token", 0)), int(request.query.get("_limit", SIZE))
    following = f"http://{request.host}/rows?_limit={size}&_token={start + size}"
    more = start + size < len(ROWS)
    return Response(
        {"data": ROWS[start : start + size]}, headers={"Next-Page": following} if more else {}
    )


NAMES: dict[str, tuple[Routes, dict[str, Any]]] = {
    "json-server's old ones": (
        pages("_page", size_param="_limit"),
        {"type": "page_number", "limit_param": "_limit", "page_param": "_page", "base_page": 1},
    ),
    "json-server's new ones": (
        pages("_page", size_param="_per_page", envelope="data"),
        {"type": "page_number", "limit_param": "_per_page", "page_param": "_page", "base_page": 1},
    ),
    "Strapi's": (
        pages("pagination[page]", size_param="pagination[pageSize]", envelope="data"),
        {
            "type": "page_number",
            "limit_param": "pagination[pageSize]",
            "page_param": "pagination[page]",
            "base_page": 1,
        },
    ),
    "Close's": (
        lambda request: Response(
            ROWS[int(request.query.get("_skip", 0)) :][: int(request.query.get("_limit", SIZE))]
        ),
        {"type": "offset", "limit_param": "_limit", "offset_param": "_skip"},
    ),
    "Kinto's": (
        next_page_header,
        {"type": "header_link", "limit_param": "_limit", "links_next_key": "Next-Page"},
    ),
    "a number in a header": (
        lambda request: Response(
            pages("page")(request).body,
            headers={"X-Next-Page": str(min(6, int(request.query.get("page", 1)) + 1))},
        ),
        {"type": "page_number", "page_param": "page", "base_page": 1},
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_usual_names_are_known(tmp_path: Path, name: str) -> None:
    routes, paginator = NAMES[name]
    with asking(routes, tmp_path) as entry:
        found, _ = entry("/rows")
    limit = {"limit": 100} if "limit_param" in paginator else {}
    assert found["endpoint"]["paginator"] == paginator | limit
    assert found["read"] == len(ROWS)


def test_whether_an_offset_is_heeded_is_asked_beside_page_numbers(tmp_path: Path) -> None:
    def with_offset(request: Request) -> Response:
        size = int(request.query.get("limit", SIZE))
        start = int(request.query.get("offset", (int(request.query.get("page", 1)) - 1) * size))
        return Response(ROWS[start : start + size])

    with asking(with_offset, tmp_path) as entry:
        _, text = entry("/rows")
    assert "`limit` is heeded; `offset` is heeded, too" in text
    with asking(pages("page", size_param="limit"), tmp_path) as entry:
        _, text = entry("/rows")
    assert "`limit` is heeded; no offset is" in text


def test_a_page_that_a_record_was_pushed_to_meanwhile_follows_all_the_same(tmp_path: Path) -> None:
    pushed = ["page 2 is asked for the first time"]

    def linked(request: Request) -> Response:
        number = int(request.query.get("at", 1))
        start = (number - 1) * SIZE
        rows = ROWS[start : start + SIZE]
        if number == 2 and pushed:
            pushed.clear()
            rows = [ROWS[SIZE - 1], *rows[:-1]]
        following = {"Link": f'</rows?at={number + 1}>; rel="next"'} if rows else {}
        return Response(rows, headers=following)

    with asking(linked, tmp_path) as entry:
        found, _ = entry("/rows")
    assert not pushed
    assert found["endpoint"]["paginator"] == {"type": "header_link"}
    assert found["read"] == len(ROWS)


def fields(make: Callable[[int], dict[str, Any]]) -> Routes:
    """A list of made rows on one page, of a size that no page usually has."""
    return lambda _: Response([make(number) for number in range(1, 62)])


def test_a_key_of_two_columns_is_proposed_as_a_guess(tmp_path: Path) -> None:
    routes = fields(lambda n: {"order_id": n // 2, "line": n % 2, "note": "x"})
    with serving(routes) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/lines")
        (entry,) = yaml.safe_load(ended.stdout)["resources"]
        assert entry["primary_key"] == ["order_id", "line"]
        assert entry["write_disposition"] == "merge"
        assert "# guess: `order_id` and `line` together are different in all 60" in ended.stdout
        outcome = sync({"base_url": server.base_url, "resources": [entry]})
    assert len(outcome.records("lines")) == 61


def test_a_number_that_tells_of_changes_is_proposed(tmp_path: Path) -> None:
    moment = 1_700_000_000_000
    routes = fields(lambda n: {"id": n, "last_modified": moment + n, "updated_by": 5_000_000_000})
    with serving(routes) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/rows")
        (entry,) = yaml.safe_load(ended.stdout)["resources"]
        assert entry["endpoint"]["incremental"] == {"cursor_path": "last_modified"}
        assert "# likely: `last_modified` is a time in numbers in every record" in ended.stdout
        outcome = sync({"base_url": server.base_url, "resources": [entry]})
    assert outcome.state["bookmarks"]["rows"]["replication_key_value"] == moment + 61


def test_the_paginator_of_an_api_is_kept_unless_its_pages_repeat_themselves(
    tmp_path: Path,
) -> None:
    def entry(server: ShapeServer, *arguments: str) -> tuple[dict[str, Any], str]:
        config = {"base_url": server.base_url, "access_token": "t"}
        given = ("--path", "/rows", "--api", "marketplace", "--data-selector", "results")
        ended = ask(tmp_path, config, *given, *arguments)
        assert ended.exit_code == 0, ended.output
        found, *others = yaml.safe_load(ended.stdout)["resources"]
        assert {other["selected"] for other in others} == {False}
        outcome = sync({**config, "resources": [found, *others]})
        assert {message["stream"] for message in outcome.of("RECORD")} == {"rows"}
        assert len({record["id"] for record in outcome.records("rows")}) == len(ROWS)
        return found["endpoint"], ended.stdout

    with serving(pages("page", size_param="page_size", envelope="results")) as server:
        endpoint, text = entry(server)
        assert "paginator" not in endpoint
        assert "# certain: the API's own paginator: its second page has other records" in text
        endpoint, _ = entry(server, "--page-size", "7")
        assert endpoint["paginator"] == {"limit": 7}
    with serving(lambda _: Response({"results": ROWS, "next": None})) as server:
        endpoint, _ = entry(server)
        assert endpoint["paginator"] == {"type": "auto"}
    with serving(pages("seite", envelope="results")) as server:
        endpoint, _ = entry(server, "--param", "seite=1")
        assert endpoint["paginator"]["page_param"] == "seite"


def test_streams_are_left_out_only_where_nobody_has_asked_for_them(tmp_path: Path) -> None:
    routes = pages("page", size_param="page_size", envelope="results")
    given = ("--path", "/rows", "--data-selector", "results", "--format", "json")
    with serving(routes) as server:
        config = {"base_url": server.base_url, "access_token": "t"}
        for more in ({"api": "marketplace"}, {"resources": [{"name": "buyers"}]}):
            ended = ask(tmp_path, {**config, **more}, *given, "--api", "marketplace")
            assert [entry["name"] for entry in json.loads(ended.stdout)["resources"]] == ["rows"]


def test_it_says_on_stderr_what_it_is_doing(tmp_path: Path) -> None:
    with serving(pages("page")) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/rows")
    said = [line for line in ended.stderr.splitlines() if line.endswith(" ...")]
    assert said == [
        "Asking /rows for a first page ...",
        "Finding out how it pages ...",
        "Reading a sample ...",
    ]


def test_a_schema_of_one_record_is_a_guess(tmp_path: Path) -> None:
    with serving(lambda _: Response([{"id": 1}])) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/rows")
    assert "# guess: inferred from 1 record\n" in ended.stdout
