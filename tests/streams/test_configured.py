"""Declared resources: each way to page, each write disposition, and what an entry can change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.config.prepare import prepare_config
from tap_analytics.sandbox import Sandbox
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.registry import built_in_streams
from tests.support.declarations import LIMIT, SOURCE_OF, SOURCES, entry, paginator_of
from tests.support.harness import by_token, connected, only, sync
from tests.support.harness import sync_resources as run

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = {"numbered": "InvoiceID"}


@pytest.fixture
def api() -> Iterator[Sandbox]:
    """Two full pages and a half of every stream."""
    with Sandbox(rows=dict.fromkeys(SOURCES, 25) | {"events": 25}, seed=1) as sandbox:
        yield sandbox


def asked(api: Sandbox, path: str) -> list[dict[str, str]]:
    """Return the parameters of each request for a path."""
    return [dict(request.query) for request in api.requests if request.path == path]


@pytest.mark.parametrize("rows", [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 1])
def test_every_paginator_reads_every_row_at_the_borders_of_pages(rows: int) -> None:
    with Sandbox(rows=dict.fromkeys(SOURCES, rows)) as api:
        outcome = run(api, *map(entry, SOURCE_OF))
        assert outcome.error is None
        for name, source in SOURCE_OF.items():
            key = KEYS.get(name, "id")
            wanted = [row[key] for row in api.rows(source)]
            assert [record[key] for record in outcome.records(name)] == wanted, name
            # Of one full page that lacks what leads on, a smaller one shows that it is the end.
            assert outcome.stream(name)["verdict"] == "proven", name


def test_pages_have_the_size_that_was_asked_for(api: Sandbox) -> None:
    run(api, *(entry(name) for name in SOURCE_OF if name != "one_page"))
    sizes = [
        query.get("page_size") or query.get("limit")
        for query in (request.query for request in api.requests if request.stream)
    ]
    assert set(sizes) == {str(LIMIT)}
    assert len(sizes) >= 3 * 7


@pytest.mark.parametrize("name", ["link_in_a_header", "link_in_the_body"])
def test_a_link_to_another_host_is_not_followed(api: Sandbox, name: str) -> None:
    api.fault("foreign_links", stream=SOURCE_OF[name])
    outcome = run(api, entry(name))
    assert outcome.stream(name)["error"] == (
        f"{name}: the link to the next page leads to elsewhere.example.com, which is not the "
        f"API's own host ({api.base_url.removeprefix('http://')}): it is not followed. "
        "Another `paginator` may fit, such as `page_number`."
    )
    assert len([request for request in api.requests if request.stream]) == 1


@pytest.mark.parametrize(
    ("name", "parameter"), [("cursor_in_the_body", "nonsense"), ("cursor_in_a_header", "nonsense")]
)
def test_a_cursor_that_is_not_heeded_ends_in_a_sentence(
    api: Sandbox, name: str, parameter: str
) -> None:
    misled = paginator_of(name, cursor_param=parameter)
    outcome = run(api, entry(name, endpoint={"paginator": misled}))
    assert outcome.stream(name)["error"].startswith(
        f"{name}: a further page holds the same records as a page before it: "
    )
    # The further page is not taken; both were looked at again.
    assert outcome.stream(name)["pages"] == 3


@pytest.mark.parametrize("verify", ["warn", "off"])
def test_an_empty_page_whose_cursor_leads_to_itself_is_the_end(verify: str) -> None:
    with Sandbox(rows={"listings": 0}) as api:
        paginator = {"type": "header_cursor", "cursor_key": "Content-Type"}
        outcome = run(
            api, entry("cursor_in_a_header", endpoint={"paginator": paginator}), verify=verify
        )
        report = outcome.stream("cursor_in_a_header")
        assert report["stop_reason"] == "a next page that is the page itself"
        assert len(asked(api, "/v2/listings/by_header")) == 2 * max(1, report["passes"])


def test_a_cursor_path_that_leads_nowhere_shows_in_the_reason_of_the_end(api: Sandbox) -> None:
    paginator = {"type": "cursor", "cursor_path": "meta.typo"}
    outcome = run(api, entry("cursor_in_the_body", endpoint={"paginator": paginator}))
    reason = "no further cursor after the first page"
    assert outcome.stream("cursor_in_the_body")["stop_reason"] == reason


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [
        ("numbered", {"maximum_page": 2}, "`maximum_page`"),
        ("offset_of_a_total", {"maximum_offset": 20}, "`maximum_offset`"),
        ("offset_alone", {"maximum_offset": 20}, "`maximum_offset`"),
    ],
)
def test_a_maximum_ends_a_stream_early_and_proves_nothing(
    api: Sandbox, name: str, limit: dict[str, int], reason: str
) -> None:
    modified = "UpdatedDateUTC" if SOURCE_OF[name] == "invoices" else "last_modified_at"
    changes = {"paginator": paginator_of(name, **limit), "incremental": {"cursor_path": modified}}
    outcome = run(api, entry(name, endpoint=changes, write_disposition="merge"))
    part = outcome.stream(name)
    assert (part["records"], part["passes"], part["verdict"]) == (20, 1, "not proven")
    assert part["stop_reason"] == reason
    assert "replication_key_value" not in outcome.state["bookmarks"][name]


def test_parameters_and_headers_travel_as_they_are_given(api: Sandbox) -> None:
    changes = {
        "params": {"tag": ["a", "b c"], "archived": True, "none": None, "deep": [True, 2]},
        "headers": {"X-Tenant": "7", "X-Empty": None},
    }
    run(api, entry("one_page", endpoint=changes), headers={"X-Empty": "gone", "X-All": "1"})
    request, again = [request for request in api.requests if request.path == "/v2/settings"]
    assert again.query == request.query, "a page that may be full is asked for once more"
    assert request.query["archived"] == "true"
    assert "none" not in request.query
    # The sandbox keeps the last of several values.
    assert (request.query["tag"], request.query["deep"]) == ("b c", "2")
    assert (request.headers["x-tenant"], request.headers["x-all"]) == ("7", "1")
    assert "x-empty" not in request.headers


def test_a_new_resource_is_asked_for_a_page_size_only_where_one_is_named(api: Sandbox) -> None:
    endpoint = {"path": "/v1/invoices", "data_selector": "Invoices", "paginator": "page_number"}
    run(api, entry("numbered", endpoint=endpoint))
    assert {frozenset(query) for query in asked(api, "/v1/invoices")} == {frozenset({"page"})}
    run(api, entry("numbered", endpoint={**endpoint, "params": {"page_size": 20}}))
    assert asked(api, "/v1/invoices")[-1]["page_size"] == "20"


def test_a_resource_has_a_retry_rule_of_its_own(api: Sandbox) -> None:
    handler = {
        "retry_on_status_codes": [418],
        "max_retries": 2,
        "backoff": "constant",
        "backoff_factor": 7,
    }
    api.fault("status", stream="settings", code=418, times=2)
    outcome = run(api, entry("one_page", endpoint={"error_handler": handler}))
    assert outcome.waits == [7, 7]
    assert outcome.stream("one_page")["status"] == "succeeded"


def test_an_ignored_status_of_the_first_page_means_no_records(api: Sandbox) -> None:
    actions = [{"status_code": 403, "action": "ignore"}]
    api.fault("status", stream="settings", code=403)
    outcome = run(api, entry("one_page", endpoint={"response_actions": actions}))
    assert (outcome.stream("one_page")["status"], outcome.records("one_page")) == ("succeeded", [])


def test_an_ignored_status_of_a_later_page_is_no_end(api: Sandbox) -> None:
    actions = [{"status_code": 403, "action": "ignore"}]
    api.fault("status", stream="invoices", page=2, code=403)
    outcome = run(api, entry("numbered", endpoint={"response_actions": actions}))
    assert "page 2, returned 403" in outcome.stream("numbered")["error"]


def test_an_incremental_resource_asks_from_its_bookmark_on() -> None:
    with Sandbox(rows={"buyers": 25}) as api:
        incremental = {
            "cursor_path": "last_modified_at",
            "start_param": "last_modified_at_after",
            "initial_value": "2024-06-01T00:00:00Z",
        }
        changes: dict[str, Any] = {"path": "/buyers", "data_selector": "results"}
        changes["paginator"] = {"type": "page_number", "base_page": 1}
        buyers = entry("offset_alone", endpoint={**changes, "incremental": incremental})
        first = run(api, buyers)
        # In the form that it was given, a second earlier: with fractions `Z` would sort behind.
        assert asked(api, "/buyers")[0]["last_modified_at_after"] == "2024-05-31T23:59:59Z"
        (moved,) = api.touch("buyers", 3)
        second = run(api, buyers, state=first.state)
        newest = first.state["bookmarks"]["offset_alone"]["replication_key_value"]
        # The sandbox writes them in several forms: then it is a day before all that these may mean.
        days_before = datetime.fromisoformat(newest).date() - timedelta(days=2)
        assert asked(api, "/buyers")[-1]["last_modified_at_after"][:10] == str(days_before)
        assert moved in {record["id"] for record in second.records("offset_alone")}
        assert len(second.records("offset_alone")) < 5 < len(first.records("offset_alone"))


def test_a_start_header_carries_whole_seconds(api: Sandbox) -> None:
    incremental = {
        "cursor_path": "UpdatedDateUTC",
        "start_header": "If-Modified-Since",
        "initial_value": "2025-01-31T10:20:30.9Z",
    }
    endpoint = {"incremental": incremental, "paginator": {"type": "page_number", "base_page": 1}}
    began = datetime.now(UTC)
    run(api, entry("numbered", endpoint=endpoint), concurrency=1)
    ended = datetime.now(UTC)
    sent = [request.headers["if-modified-since"] for request in api.requests if request.stream]
    # Between the two passes it asks for the latest changes: `clock_margin` and 2 seconds back.
    latest = sent[2]
    first = ["2025-01-31T10:20:30"] * 2
    assert sent == [*first, latest, *first]
    since = datetime.fromisoformat(f"{latest}Z")
    assert latest == f"{since:%Y-%m-%dT%H:%M:%S}"
    # The server's clock and the header know whole seconds only.
    assert began - timedelta(seconds=9) < since <= ended - timedelta(seconds=7)


def test_an_integer_can_be_a_replication_key(api: Sandbox) -> None:
    """What the server does not filter, the tap does: by the number, not by its digits."""
    events = {
        "name": "events",
        "write_disposition": "append",
        "schema": {"properties": {"sequence": {"type": ["integer", "null"]}}},
        "endpoint": {
            "path": "/v2/events",
            "data_selector": "events",
            "incremental": {"cursor_path": "sequence", "initial_value": 9},
        },
    }
    outcome = run(api, events)
    assert [record["sequence"] for record in outcome.records("events")] == list(range(9, 25))
    assert outcome.state["bookmarks"]["events"]["replication_key_value"] == 24
    again = run(api, events, state=outcome.state)
    assert [record["sequence"] for record in again.records("events")] == [24]


def test_replace_reads_all_and_lets_the_target_delete_the_rest_after_the_records(
    api: Sandbox,
) -> None:
    outcome = run(api, entry("one_page", write_disposition="replace"))
    kinds = [message["type"] for message in outcome.messages]
    versions = {m["version"] for m in outcome.messages if m["type"] == "RECORD"}
    (activation,) = outcome.of("ACTIVATE_VERSION")
    assert versions == {activation["version"]}
    assert kinds.index("ACTIVATE_VERSION") > max(
        place for place, kind in enumerate(kinds) if kind == "RECORD"
    )


def test_replace_activates_nothing_that_is_not_proven(api: Sandbox) -> None:
    changed = {"paginator": paginator_of("numbered", maximum_page=1)}
    outcome = run(api, entry("numbered", write_disposition="replace", endpoint=changed))
    assert len(outcome.records("numbered")) == LIMIT
    assert outcome.of("ACTIVATE_VERSION") == []


def test_an_appended_record_without_a_key_gets_the_same_hash_in_every_run(api: Sandbox) -> None:
    """Neither another schema nor another page size may make another row of it."""
    endpoint: dict[str, Any] = {"path": "/v2/events", "data_selector": "events"}
    events = {"name": "events", "write_disposition": "append", "endpoint": endpoint}
    narrow = {**events, "schema": {"properties": {"kind": {"type": ["string", "null"]}}}}
    paginator = {"paginator": {"limit": 7, "limit_param": "limit"}}
    runs = [
        run(api, events),
        run(api, narrow),
        run(api, {**events, "endpoint": {**endpoint, **paginator}}),
    ]
    hashes = [[record["_row_hash"] for record in each.records("events")] for each in runs]
    assert hashes[0] == hashes[1] == hashes[2]
    assert len(set(hashes[0])) == 25
    assert runs[0].of("SCHEMA")[0]["key_properties"] == ["_row_hash"]


def test_an_empty_primary_key_makes_a_stream_without_one(api: Sandbox) -> None:
    events = {
        "name": "events",
        "primary_key": [],
        "write_disposition": "append",
        "endpoint": {"path": "/v2/events", "data_selector": "events"},
    }
    outcome = run(api, events)
    assert outcome.of("SCHEMA")[0]["key_properties"] == []
    assert len(outcome.records("events")) == 25
    assert "_row_hash" not in outcome.records("events")[0]


def test_one_record_can_be_the_whole_answer(api: Sandbox) -> None:
    whole = {"path": "/v2/settings", "data_selector": "$", "paginator": "single_page"}
    outcome = run(api, entry("one_page", primary_key="ok", schema=None, endpoint=whole))
    (record,) = outcome.records("one_page")
    assert (record["ok"], len(record["data"]["items"])) == (True, 25)


def test_an_envelope_with_one_list_is_never_taken_for_a_record_by_itself(api: Sandbox) -> None:
    endpoint = {"data_selector": None, "paginator": "single_page"}
    outcome = run(api, entry("one_page", endpoint=endpoint))
    assert any("records are taken from `data.items`" in line for line in outcome.log)
    assert len(outcome.records("one_page")) > 1


def test_defaults_lie_under_every_entry(api: Sandbox) -> None:
    defaults = {
        "primary_key": "id",
        "endpoint": {"params": {"all": "1"}, "paginator": {"limit": 5, "limit_param": "limit"}},
    }
    items = {"data_selector": "items"}
    entries = [
        {"name": "one", "endpoint": {"path": "/v2/buyers", **items, "paginator": "offset"}},
        {
            "name": "two",
            "endpoint": {
                "path": "/v2/private_offers",
                **items,
                "params": {"mine": "2"},
                "paginator": {"type": "offset", "limit": 20},
            },
        },
    ]
    outcome = run(api, *entries, resource_defaults=defaults)
    assert outcome.error is None
    assert all("all" in query for query in asked(api, "/v2/buyers"))
    assert {(q["all"], q["mine"], q["limit"]) for q in asked(api, "/v2/private_offers")} == {
        ("1", "2", "20")
    }
    assert {schema["key_properties"][0] for schema in outcome.of("SCHEMA")} == {"id"}


def test_a_built_in_stream_is_changed_in_part(api: Sandbox) -> None:
    """Another size keeps what the API says of its pages; another kind of paginator drops it."""
    config = connected(api, "marketplace", read_by="pages")
    config["resources"] = [{"name": "buyers", "endpoint": {"paginator": {"limit": 5}}}]
    outcome = sync(config, "buyers")
    assert [query["page_size"] for query in asked(api, "/buyers")] == ["5"] * 5
    assert outcome.stream("buyers")["passes"] == 1
    changed = {
        "path": "/v2/buyers",
        "data_selector": "items",
        "paginator": {"type": "offset", "limit": 5, "total_path": "total"},
    }
    config["resources"] = [{"name": "buyers", "endpoint": changed}]
    outcome = sync(config, "buyers")
    assert outcome.stream("buyers")["stop_reason"] == "the declared total"
    assert len(outcome.records("buyers")) == 25


def test_a_stream_that_is_not_selected_by_its_entry_is_left_out(api: Sandbox) -> None:
    entries = [entry("one_page", selected=False), entry("numbered")]
    outcome = sync(by_token(api, resources=entries))
    assert {message["stream"] for message in outcome.of("SCHEMA")} == {"numbered"}


def test_resources_of_another_api_run_without_the_built_in_streams(api: Sandbox) -> None:
    """They would fail there; who names one gets its API's streams."""
    config: dict[str, Any] = by_token(api)
    config["resources"] = ["//", entry("numbered", api="accounting")]
    assert "resources[0] must be a name" in prepare_config(config, built_in_streams()).problems[0]
    config["resources"] = [entry("one_page")]
    outcome = sync(config)
    assert {message["stream"] for message in outcome.of("SCHEMA")} == {"one_page"}
    assert {entry["tap_stream_id"] for entry in only("one_page", config=config)["streams"]} == {
        "one_page"
    }, "nor can they be selected"
    config["resources"] = [entry("numbered", api="accounting")]
    streams = {message["stream"] for message in sync(config).of("SCHEMA")}
    assert streams == {"numbered", "contacts", "bank_transactions"}


@pytest.mark.parametrize(
    ("resource", "api_setting", "sentence"),
    [
        (
            {"name": "buyers"},
            "accounting",
            (
                "resources[0]: `buyers` is a built-in stream of the marketplace API, and `api` is "
                "`accounting`: choose another name, or leave `api` out."
            ),
        ),
        (
            {"name": "contacts", "api": "marketplace", "endpoint": "v1/contacts/"},
            None,
            (
                "resources[0]: `contacts` is a built-in stream of the accounting API, and `api` is "
                "`marketplace`: choose another name, or leave `api` out."
            ),
        ),
        (
            {"name": "of_buyers", "endpoint": "/buyers/{resources.buyers.id}/contracts"},
            "accounting",
            (
                "resources[0]: `buyers` is a built-in stream of the marketplace API, and `api` is "
                "`accounting`: choose another name, or leave `api` out."
            ),
        ),
    ],
)
def test_a_built_in_stream_of_another_api_is_refused(
    api: Sandbox, resource: dict[str, Any], api_setting: str | None, sentence: str
) -> None:
    config: dict[str, Any] = {"base_url": api.base_url, "access_token": "t", "api": api_setting}
    prepared = prepare_config({**config, "resources": [resource]}, built_in_streams())
    assert prepared.problems == [sentence]


OTHER = {
    "path": "/v2/buyers",
    "data_selector": "items",
    "paginator": {"type": "offset", "limit": 9},
}


def test_a_built_in_name_with_a_path_of_its_own_is_a_stream_of_its_own(api: Sandbox) -> None:
    """Of another API: with its own schema and key, and no built-in path is asked."""
    config: dict[str, Any] = by_token(api)
    config["resources"] = [{"name": "contacts", "primary_key": "id", "endpoint": OTHER}]
    outcome = sync(config)
    (schema,) = outcome.of("SCHEMA")
    assert (schema["stream"], schema["key_properties"]) == ("contacts", ["id"])
    assert "ContactID" not in schema["schema"]["properties"]
    assert len(outcome.records("contacts")) == 25
    assert {request.path for request in api.requests if request.method == "GET"} == {"/v2/buyers"}


@pytest.mark.parametrize(
    ("entry", "api_setting"),
    [
        ({"endpoint": {"path": "/v1/contacts/", "params": {"a": "1"}}}, None),
        ({"endpoint": {"params": {"a": "1"}}}, None),
        ({"endpoint": {"path": "/v9/contacts"}, "api": "accounting"}, None),
        ({"endpoint": {"path": "/v9/contacts"}}, "accounting"),
    ],
)
def test_an_entry_changes_a_built_in_stream_by_its_path_or_by_api(
    entry: dict[str, Any], api_setting: str | None
) -> None:
    config = {"base_url": "https://api.example.com", "access_token": "t", "api": api_setting}
    prepared = prepare_config(
        {**config, "resources": [{"name": "contacts", **entry}]}, built_in_streams()
    )
    assert prepared.problems == []
    (changed,) = [each for each in configured_streams(prepared.settings) if each.name == "contacts"]
    assert tuple(changed.primary_keys) == ("ContactID",)


def test_a_path_of_the_defaults_is_not_an_entrys_own() -> None:
    config = {"base_url": "https://api.example.com", "access_token": "t"}
    defaults = {"endpoint": {"path": "/v9/all"}}
    prepared = prepare_config(
        {**config, "resource_defaults": defaults, "resources": [{"name": "contacts"}]},
        built_in_streams(),
    )
    assert not prepared.settings.resources[0].replaces_built_in


def test_a_key_that_the_packaged_schema_lacks_is_a_sentence() -> None:
    config = {"base_url": "https://api.example.com", "access_token": "t"}

    def problems(key: str) -> list[str]:
        entry = {"name": "contacts", "primary_key": key}
        return prepare_config({**config, "resources": [entry]}, built_in_streams()).problems

    assert problems("ContactId") == [
        (
            "resources[0].primary_key: the built-in stream `contacts` has no field `ContactId`: "
            "did you mean `ContactID`?"
        )
    ]
    assert problems("Name") == []
