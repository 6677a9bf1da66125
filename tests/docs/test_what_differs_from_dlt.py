"""Each sentence of the page on dlt is run as it is said, but for those of its tables."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.config.prepare import prepare_config
from tap_analytics.exceptions import StreamError
from tap_analytics.streams.accounting import Contacts as AccountingContacts
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.registry import built_in_streams
from tap_analytics.tap import TapAnalytics
from tests.support.compatibility.endpoints import ROWS, page, respond
from tests.support.compatibility.reading import by_stream, run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.paths import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

    Routes = Callable[[Request], Response]

OF_DLT = "tests/compatibility/test_dlt_differs.py"
PAGE = (DOCS / "coming-from-dlt.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """A section of the page."""
    return PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]


def read(
    endpoint: dict[str, Any] | str,
    routes: Routes = respond,
    **settings: Any,  # noqa: ANN401  # any setting
) -> tuple[Outcome, list[Request]]:
    """Read one resource, and what was asked for that."""
    with serving(routes) as server:
        config = {"resources": [{"name": "rows", "endpoint": endpoint}], **settings}
        return run_tap(server, config, concurrency=1), server.requests


def count(outcome: Outcome) -> int:
    """The number of records that came."""
    return len(outcome.records("rows"))


def found_out_and_proven() -> None:
    with pytest.raises(StreamError, match="set `data_selector` to one of `users`, `groups`"):
        read("two-lists")
    outcome, requests = read("rows")
    # Ten are as many as a full page may have.
    assert (count(outcome), outcome.stream("rows")["verdict"]) == (10, "not proven")
    assert sum(request.query.get("page") == "2" for request in requests) == 1
    outcome, requests = read("cursor-token")
    assert (count(outcome), outcome.stream("rows")["verdict"]) == (25, "proven")
    assert "c2" in {request.query.get("token") for request in requests}


def pages_start_where_the_api_starts() -> None:
    numbered = {"type": "page_number", "total_path": None}
    for path in ("from-0", "from-1"):
        outcome, requests = read({"path": path, "paginator": numbered, "data_selector": "data"})
        assert count(outcome) == 25
        asked = [request.query["page"] for request in requests]
        assert sorted(asked[:2]) == ["0", "1"]


def maximum_page() -> None:
    numbered = {"type": "page_number", "base_page": 1, "maximum_page": 2, "total_path": None}
    endpoint = {"path": "from-1", "paginator": numbered, "data_selector": "data"}
    assert count(read(endpoint)[0]) == 10
    for client, last in ({}, 2), ({"client": {"paginator": "single_page"}}, 1):
        entry = {"name": "rows", "endpoint": endpoint}
        config = {"base_url": "https://api.example.com", "resources": [entry], **client}
        prepared = prepare_config(config, built_in_streams())
        assert prepared.problems == []
        paginator = prepared.settings.resources[0].paginator
        assert paginator is not None
        assert paginator.maximum_page == last


def a_page_size_has_one_place() -> None:
    numbered = {"type": "page_number", "base_page": 1, "total_path": None}
    endpoint: dict[str, Any] = {"path": "from-1", "paginator": numbered, "data_selector": "data"}
    _, requests = read(endpoint)
    assert {*requests[0].query} == {"page"}
    numbered["limit_param"] = "size"
    _, requests = read({**endpoint, "params": {"size": 10}})
    assert requests[0].query == {"page": "1", "size": "10"}


def one_object_below_a_paginator() -> None:
    paginator = {"type": "page_number", "base_page": 1, "total_path": None, "maximum_page": 5}
    outcome, _ = read("x", lambda _: Response({"name": "x"}), client={"paginator": paginator})
    assert (count(outcome), outcome.stream("rows")["verdict"]) == (1, "proven")


def a_total_has_to_be_named() -> None:
    def totals(request: Request) -> Response:
        # Of pages for dlt; here it is that of this page's records.
        rows = page(int(request.query.get("page", 1)))
        return Response({"data": rows, "total": 1})

    numbered: dict[str, Any] = {"type": "page_number", "base_page": 1}
    endpoint = {"path": "rows", "paginator": numbered, "data_selector": "data"}
    assert count(read(endpoint, totals)[0]) == 25
    numbered["total_path"] = "total"
    assert count(read(endpoint, totals)[0]) == 10


SCHEMA = {"properties": {"x": {"type": "string"}, "w": {"type": "string"}}}


def defaults_and_built_in_streams() -> None:
    endpoint = {
        "data_selector": "y",
        "path": "z",
        "paginator": "json_link",
        "incremental": {"cursor_path": "w"},
    }
    defaults = {"primary_key": "x", "schema": SCHEMA, "endpoint": endpoint}
    config = {
        "base_url": "https://api.example.com",
        "access_token": "t",
        "api": "accounting",
        "resource_defaults": defaults,
        "resources": ["new", {"name": "contacts"}],
    }
    classes = {each.name: each for each in configured_streams(_settings(config))}
    built_in, changed = AccountingContacts, classes["contacts"]
    for name in ("primary_keys", "path", "data_selector", "replication_key", "start_header"):
        assert getattr(changed, name) == getattr(built_in, name)
    assert changed.make_paginator(7).params(1) == built_in.make_paginator(7).params(1)
    assert changed.declared_schema is None
    new = classes["new"]
    assert (new.primary_keys, new.data_selector, new.replication_key) == (("x",), "y", "w")
    assert new.declared_schema == SCHEMA
    config["resources"] = [{"name": "contacts", "endpoint": {"data_selector": "own"}}]
    classes = {each.name: each for each in configured_streams(_settings(config))}
    assert classes["contacts"].data_selector == "own"


def _prepared(config: dict[str, Any]) -> Any:  # noqa: ANN401  # the tap's own value
    return prepare_config({"base_url": "https://a.example", **config}, built_in_streams())


def _settings(config: dict[str, Any]) -> Any:  # noqa: ANN401  # the same
    prepared = prepare_config(config, built_in_streams())
    assert prepared.problems == []
    return prepared.settings


def true_and_false() -> None:
    _, requests = read({"path": "rows", "params": {"a": True, "b": False}})
    assert (requests[0].query["a"], requests[0].query["b"]) == ("true", "false")


def equal_records_without_a_key() -> None:
    for key, properties, keys in (None, ["_row_hash"], 2), ([], [], 0):
        with serving(lambda _: Response([{"a": 1}, {"a": 1}, {"a": 2}])) as server:
            entry: dict[str, Any] = {"name": "rows", "endpoint": "x", "primary_key": key}
            outcome = run_tap(server, {"resources": [{**entry, "write_disposition": "append"}]})
        assert count(outcome) == 3
        assert outcome.of("SCHEMA")[0]["key_properties"] == properties
        hashes = {record.get("_row_hash") for record in outcome.records("rows")}
        assert len(hashes - {None}) == keys


def lag() -> None:
    since = {"cursor_path": "id", "start_param": "since", "initial_value": 100, "lag": 10}
    _, requests = read({"path": "rows", "incremental": since})
    assert {request.query.get("since") for request in requests} == {"90"}


def date_times() -> None:
    rows = [{"id": 1, "At": "2024-01-02T03:04:05+02:00", "a": {"bC": [{"d": 1}]}}]
    outcome, _ = read("x", lambda _: Response(rows))
    (found,) = by_stream(outcome)["rows"]
    assert found == {"id": 1, "At": "2024-01-02T01:04:05.000000Z", "a": {"bC": [{"d": 1}]}}
    parents = {"name": "parents", "primary_key": "id", "endpoint": "list"}
    child = {"name": "rows", "endpoint": "rows/{resources.parents.id}/comments"}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [parents, child]})
    assert {record["_parents_id"] for record in outcome.records("rows")} == set(range(1, 11))


def links_are_followed_only_on_the_own_host() -> None:
    away = Response({"data": page(1), "next": "https://elsewhere.example.com/x?page=2"})
    endpoint = {"path": "x", "data_selector": "data", "paginator": "json_link"}
    with pytest.raises(StreamError, match="which is not the API's own host"):
        read(endpoint, lambda _: away)

    def circle(request: Request) -> Response:
        other = "/x?page=2" if request.query.get("page") != "2" else "/x?page=1"
        number = int(request.query.get("page", 1))
        return Response({"data": page(number), "next": f"http://{request.host}{other}"})

    with pytest.raises(StreamError, match="leads back to a page that has been read"):
        read(endpoint, circle)

    def cursors(request: Request) -> Response:
        after = {"a": "b", "b": "a"}.get(request.query.get("cursor", ""), "a")
        return Response({"data": page("ab".find(after) + 1), "next": after})

    cursor = {"type": "cursor", "cursor_path": "next", "cursor_param": "cursor"}
    with pytest.raises(StreamError, match="leads back to a page that has been read"):
        read({**endpoint, "paginator": cursor}, cursors)


def a_list_whose_items_are_no_objects() -> None:
    with pytest.raises(StreamError, match="record 1 of the page is a string, not an object"):
        read("scalars")


def a_selector_that_leads_nowhere() -> None:
    with pytest.raises(StreamError, match="`nowhere` is not there"):
        read({"path": "rows", "data_selector": "nowhere"})
    for endpoint in ({"path": "null", "data_selector": "data"}, "null", "null-body"):
        outcome, _ = read(endpoint)
        assert (count(outcome), outcome.stream("rows")["verdict"]) == (0, "proven")


def names() -> None:
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": ["pull-requests"]})
    assert len(outcome.records("pull_requests")) == 10


def what_holds_the_time_of_the_request() -> None:
    outcome, requests = read("changing-rows")
    assert {record["id"] for record in outcome.records("rows")} == set(range(1, 11))
    assert len(requests) < 10


def a_post_with_a_json_body() -> None:
    outcome, requests = read({"path": "body-page-alone", "method": "POST", "json": {"q": 1}})
    assert count(outcome) == 25
    assert {"q": 1, "page": 2} in [request.json for request in requests]


def api_key_in_a_cookie() -> None:
    auth = {"type": "api_key", "name": "session", "api_key": "secret-key", "location": "cookie"}
    assert count(read("key-cookie", auth=auth)[0]) == 10


def a_parent_is_read_anew() -> None:
    since = {"cursor_path": "updated_at", "start_param": "since"}
    parents: dict[str, Any] = {
        "name": "parents",
        "primary_key": "id",
        "endpoint": {"path": "since", "paginator": "single_page", "incremental": since},
    }
    child = {"name": "rows", "endpoint": "rows/{resources.parents.id}/comments"}
    for initial_value, expected in ("2024-01-20T00:00:00Z", 6), (None, 25):
        since["initial_value"] = initial_value  # type: ignore[assignment]  # null is none
        with serving(respond) as server:
            first = run_tap(server, {"resources": [parents, child]})
            again = run_tap(server, {"resources": [parents, child]}, state=first.state)
        for outcome in (first, again):
            assert {stream["verdict"] for stream in outcome.report["streams"]} == {"proven"}
            assert len(outcome.records("parents")) == expected
            assert len({record["id"] for record in outcome.records("rows")}) == 4 * expected
        assert "replication_key_value" not in first.state["bookmarks"].get("parents", {})


QUICK = """
client: {base_url: "{host}/", auth: {token: own-token}}
resource_defaults:
  primary_key: id
  write_disposition: merge
  endpoint: {params: {per_page: 100}}
resources:
- name: issues
  endpoint:
    path: issues
    params:
      sort: updated
      direction: desc
      state: open
      since: {type: incremental, cursor_path: updated_at, initial_value: "2024-01-20T00:00:00Z"}
- name: issue_comments
  endpoint: {path: "issues/{resources.issues.number}/comments"}
  include_from_parent: [id]
"""
"""The quick example of dlt's page on its REST source, but for the host and the date."""

TUTORIAL = """
client: {base_url: "{host}/"}
resource_defaults: {endpoint: {params: {limit: 1000}}}
resources: [pokemon, berry, location]
"""
"""The first one of its tutorial."""


def github(request: Request) -> Response:
    """Lists of issues and of comments, with a link in a header."""
    if request.headers.get("authorization") != "Bearer own-token":
        return Response({"message": "Bad credentials"}, 401)
    if request.path.endswith("/comments"):
        number = int(request.path.split("/")[-2])
        return Response([{"id": number * 10 + index} for index in range(2)])
    since = request.query.get("since", "")
    rows = [{**row, "number": row["id"]} for row in ROWS if row["updated_at"] >= since]
    first = request.query.get("page") != "2"
    following = f"<http://{request.host}/issues?page=2&since={since}>; rel=next"
    half = rows[:3] if first else rows[3:]
    return Response(half, headers={"Link": following} if first else {})


def pokeapi(request: Request) -> Response:
    """Named things, with a count and the addresses of pages."""
    start, size = int(request.query.get("offset", 0)), int(request.query.get("limit", 20))
    rows = [{"name": f"{request.path[1:]}-{number}"} for number in range(1300)]
    more = start + size < len(rows)
    address = f"http://{request.host}{request.path}?offset={start + size}&limit={size}"
    body = {"count": len(rows), "next": address if more else None, "previous": None}
    return Response({**body, "results": rows[start : start + size]})


def in_every_form() -> None:
    """YAML, JSON, and the environment."""
    written = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])
    as_text = {name: json.dumps(value) for name, value in written.items()}
    for config in (written, json.loads(json.dumps(written)), as_text):
        names = [each.name for each in _settings(config).resources]
        assert names == ["invoices", "buyer_contracts"]
    with pytest.MonkeyPatch.context() as patched:
        for name, text in as_text.items():
            patched.setenv(f"TAP_ANALYTICS_{name.upper()}", text)
        tap = TapAnalytics(parse_env_config=True)
    assert [each.name for each in tap.settings.resources] == ["invoices", "buyer_contracts"]


def refused_before_the_first_request() -> None:
    entry = {"name": "rows", "endpoint": "rows", "columns": {}, "processing_steps": [{"map": "f"}]}
    with serving(respond) as server:
        with pytest.raises(ConfigValidationError):
            run_tap(server, {"resources": [entry]})
        assert server.requests == []
        del entry["processing_steps"]
        outcome = run_tap(server, {"resources": [entry]})
    assert any("`columns` (`rows`) is dlt's own" in line for line in outcome.log)
    (problem,) = _prepared({"resources": [{"name": "a", "endpoint": {"patch": "x"}}]}).problems
    assert "unknown key `patch`" in problem


def meltano_puts_the_environment_in() -> None:
    # As Meltano does with a plugin's configuration.
    utils = pytest.importorskip("meltano.core.utils")
    written = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])
    values = {"CLIENT_ID": "own-client", "CLIENT_SECRET": "own-secret"}
    settings = _settings(utils.expand_env_vars(written, values))
    assert (settings.client_id, settings.client_secret) == tuple(values.values())


def the_same_in_both_places() -> None:
    client = {"base_url": "https://a.example"}
    for url, problems in ("https://a.example/", 0), ("https://b.example", 1):
        config = {"client": client, "base_url": url, "resources": ["x"]}
        assert len(prepare_config(config, built_in_streams()).problems) == problems


def an_entry_with_a_built_in_streams_name() -> None:
    config = {"base_url": "https://a.example", "access_token": "t"}
    entry: dict[str, Any] = {"name": "contacts", "endpoint": "v2/people"}
    for api in ({}, {"api": "accounting"}):
        (resource,) = _settings({**config, "resources": [{**entry, **api}]}).resources
        assert resource.replaces_built_in is not bool(api)
    example = yaml.safe_load(PAGE.split("```yaml\n")[2].split("```")[0])
    classes = {each.name: each for each in configured_streams(_settings({**config, **example}))}
    contacts = classes["contacts"]
    assert contacts.path == AccountingContacts.path
    assert contacts.primary_keys == AccountingContacts.primary_keys
    assert contacts.resource_page_size == 500
    assert contacts.params["includeArchived"] == "true"


def the_first_examples_of_dlts_documentation() -> None:
    with serving(github) as server:
        outcome = run_tap(server, yaml.safe_load(QUICK))
        assert {stream["verdict"] for stream in outcome.report["streams"]} == {"proven"}
        assert {record["id"] for record in outcome.records("issues")} == set(range(20, 26))
        assert len({record["id"] for record in outcome.records("issue_comments")}) == 12
        assert "_issues_id" in outcome.records("issue_comments")[0]
    with serving(pokeapi) as server:
        outcome = run_tap(server, yaml.safe_load(TUTORIAL))
        assert {stream["verdict"] for stream in outcome.report["streams"]} == {"proven"}
        for name in ("pokemon", "berry", "location"):
            assert len({record["name"] for record in outcome.records(name)}) == 1300


SENTENCES: dict[str, Callable[[], None]] = {
    "The setting `resources` has the form of dlt's REST source.": (
        the_first_examples_of_dlts_documentation
    ),
    "A configuration that runs there can be pasted in:": the_first_examples_of_dlts_documentation,
    "`client`, `resource_defaults` and `resources` are settings of the tap, each as YAML, as JSON, "
    "or as an environment variable that holds JSON.": in_every_form,
    "What the tap cannot do as dlt does it, it refuses with a sentence before the first request; "
    "it ignores nothing in silence.": refused_before_the_first_request,
    "Meltano puts the environment's values in for `${CLIENT_ID}` and `${CLIENT_SECRET}`; dlt would "
    "read them from its own `secrets.toml`.": meltano_puts_the_environment_in,
    "A value that stands both in `client` and in a setting of its own must be the same in both.": (
        the_same_in_both_places
    ),
    "**What nobody says is found out, and proven.**": found_out_and_proven,
    "Where dlt takes the first of several lists, the tap says which there are, and stops.": (
        found_out_and_proven
    ),
    "Where dlt reads one page because nothing tells of more, the tap asks for page 2 once.": (
        found_out_and_proven
    ),
    "Where that shows nothing and page 1 looks full, it is not proven.": found_out_and_proven,
    "The parameter that takes a cursor is found by trial; in dlt it is `cursor`.": (
        found_out_and_proven
    ),
    "**Pages start where the API starts.**": pages_start_where_the_api_starts,
    "Here a new resource without `base_page` is asked for page 0 and page 1 once.": (
        pages_start_where_the_api_starts
    ),
    "**`maximum_page`** is the first page that is not read where there is a `client` block, as in "
    "dlt.": maximum_page,
    "Without one it is the last page that is.": maximum_page,
    "**A page size has one place.**": a_page_size_has_one_place,
    "dlt's `page_number` sends none, and neither does the tap for a new resource that names "
    "neither `limit` nor `limit_param`.": a_page_size_has_one_place,
    "A size among `params` counts as the paginator's `limit` where its name is the paginator's "
    "`limit_param`.": a_page_size_has_one_place,
    "**One object below a paginator of `client`** is read once; dlt reads it again for each "
    "page.": one_object_below_a_paginator,
    "**A total has to be named.**": a_total_has_to_be_named,
    "**Defaults and built-in streams.**": defaults_and_built_in_streams,
    "`resource_defaults` goes under every entry as in dlt.": defaults_and_built_in_streams,
    "But a default never replaces what a built-in stream knows of its API: its key, path, data "
    "selector, paginator, replication key and schema.": defaults_and_built_in_streams,
    "An entry's own value does.": defaults_and_built_in_streams,
    "**`true` and `false`** travel as `true` and `false` in parameters; dlt sends `True` and "
    "`False`.": true_and_false,
    "**Equal records without a key** have one key, `_row_hash`, so that a target that merges keeps "
    "one of them; dlt's `append` keeps all.": equal_records_without_a_key,
    "With `primary_key: []` there is no key, and a target appends.": equal_records_without_a_key,
    "**`lag`** goes before `initial_value`, too; in dlt only before a bookmark.": lag,
    "**Date-times** are written in UTC with six digits.": date_times,
    "Nested values stay in their record, under their own names: there are no child tables, no "
    "snake case, no `_dlt_id`.": date_times,
    "A parent's key joins a child's records.": date_times,
    "**Links are followed only on the API's own host**, so that a token goes nowhere else.": (
        links_are_followed_only_on_the_own_host
    ),
    "A cursor or a link that leads back to an earlier page is an error.": (
        links_are_followed_only_on_the_own_host
    ),
    "**A list whose items are no objects** ends in a sentence; dlt puts each into a column "
    "`value`.": a_list_whose_items_are_no_objects,
    "**A parent is read anew** in every run, because its children may change although it does not: "
    "from its own `initial_value` on, or in full.": a_parent_is_read_anew,
    "**A selector that leads nowhere** ends in a sentence; in dlt such a page has no records.": (
        a_selector_that_leads_nowhere
    ),
    "`null` in the place of a list is an empty one.": a_selector_that_leads_nowhere,
    "**Names.**": names,
    "A stream's name has letters, digits and `_`:": names,
    "`pull-requests` becomes `pull_requests`.": names,
    "**What holds the time of the request** is no further page: pages are compared by the key, or "
    "by `id`.": what_holds_the_time_of_the_request,
    "**A POST with a JSON body** that names no paginator is tried with the next page in its body, "
    "too.": a_post_with_a_json_body,
    "**`api_key` in a cookie** works here.": api_key_in_a_cookie,
    "An entry with a built-in stream's name changes that stream, unless it has another `path` of "
    "its own and no `api`: then it is a new one.": an_entry_with_a_built_in_streams_name,
    "It needs to say only what differs:": an_entry_with_a_built_in_streams_name,
}
"""Each sentence of the page, and what shows that it is true of the tap.

What it says of dlt is shown by `tests/compatibility/test_dlt_differs.py`, where dlt is installed.
"""

TABLES = "tests/docs/test_tables_on_dlt.py"
ELSEWHERE = {
    # Of dlt alone.
    "In dlt `page_number` starts at 0 unless `base_page` says otherwise.": OF_DLT,
    "dlt looks for `total` in the body unless `total_path` is `null` or empty.": OF_DLT,
    "In dlt only the children of changed parents are read again.": OF_DLT,
    # Of the tables.
    "Each line is a part of a configuration that the tap takes as it is.": TABLES,
    "Each key that dlt takes beside `endpoint`.": TABLES,
    "What is named is said once in the log of a run, with its reason, and changes nothing.": TABLES,
    "Each gets a sentence that says why, or what to do instead.": TABLES,
}
COUNTED = "python -m tests.support.compatibility.dlt_repository"


def sentences() -> list[str]:
    """The sentences of the page outside of code and tables."""
    text = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    blocks = [" ".join(block.split()) for block in re.split(r"\n\n|\n(?=- )", text)]
    prose = [block.removeprefix("- ") for block in blocks if block and block[0] not in "#|"]
    ends = r"(?<=[.:])\s+(?=[A-Z`*])|(?<=\.\*\*)\s+"
    return [each for block in prose for each in re.split(ends, block)]


def test_every_sentence_of_the_page_is_shown_by_a_test() -> None:
    counted = " ".join(section("Counted on dlt's own configurations").split())
    shown = [*SENTENCES, *ELSEWHERE]
    assert sorted(each for each in sentences() if each not in counted) == sorted(shown)
    assert COUNTED in counted
    for file in {*ELSEWHERE.values()}:
        text = (DOCS.parent / file).read_text("utf-8")
        of_dlt = [each for each, where in ELSEWHERE.items() if where == file == OF_DLT]
        assert all(f'"{each}"' in text for each in of_dlt)


@pytest.mark.parametrize("shows", dict.fromkeys(SENTENCES.values()), ids=lambda each: each.__name__)
def test_a_sentence_holds_as_it_is_said(shows: Callable[[], None]) -> None:
    shows()


ADDED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # What is written, and what the class of the stream has of it.
    "`limit`, `limit_param`": (
        {"endpoint": {"paginator": {"type": "header_link", "limit": 7, "limit_param": "n"}}},
        {"resource_page_size": 7},
    ),
    "`endpoint.error_handler`": (
        {"endpoint": {"error_handler": {"max_retries": 2, "backoff": "constant", "max_wait": 3}}},
        {"error_handler": {"max_retries": 2, "backoff": "constant", "max_wait": 3}},
    ),
    "`incremental.start_header`": (
        {"endpoint": {"incremental": {"cursor_path": "a", "start_header": "If-Modified-Since"}}},
        {"start_header": "If-Modified-Since"},
    ),
    "`refresh_token`, `refresh_token_path`": (
        {"endpoint": {"auth": {"type": "oauth2", "token_url": "https://t", "refresh_token": "r"}}},
        {},
    ),
    "`api`": ({"api": "accounting"}, {"replication_key": "UpdatedDateUTC"}),
    "`schema`": (
        {"schema": {"properties": {"a": {"type": "string"}}}},
        {"declared_schema": {"properties": {"a": {"type": "string"}}}},
    ),
    "`ignore_signs`": ({"ignore_signs": ["total"]}, {"ignored_signs": {"total"}}),
}


def test_each_key_that_the_tap_adds_is_taken() -> None:
    keys = re.findall(
        r"^\| (`.*?`)(?: with| in|) ?.*? \| ", section("What the tap adds"), re.MULTILINE
    )
    assert len(keys) == len(ADDED)
    for key, (entry, attributes) in ADDED.items():
        assert any(key.startswith(each) for each in keys), key
        config = {"base_url": "https://a.example", "access_token": "t"}
        settings = _settings({**config, "resources": [{"name": "x", **entry}]})
        made = next(each for each in configured_streams(settings) if each.name == "x")
        assert {name: getattr(made, name) for name in attributes} == attributes
