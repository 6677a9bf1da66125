"""Child resources: read once for each record of their parent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.harness import Outcome, connected, sync
from tests.support.harness import sync_resources as run

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = {"type": ["string", "null"]}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
TOKEN_PATH = "/authenticate/"
BUYERS = 8
CONTRACTS = 60


@pytest.fixture
def api() -> Iterator[Sandbox]:
    with Sandbox(rows={"buyers": BUYERS, "contracts": CONTRACTS}, edge_cases=False) as sandbox:
        yield sandbox


def buyers(**changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any key of an entry
    return {
        "name": "all_buyers",
        "primary_key": "id",
        "schema": {"properties": {"id": {"type": "string"}, "name": TEXT, "status": TEXT}},
        "endpoint": {"path": "/v2/buyers", "data_selector": "items", "paginator": "offset"},
        **changes,
    }


def contracts(parent: str = "all_buyers", field: str = "id", **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any key of an entry
    return {
        "name": "contracts_of",
        "primary_key": "id",
        "schema": {
            "properties": {"id": {"type": "string"}, "buyer_id": TEXT, "last_modified_at": MOMENT}
        },
        "endpoint": {
            "path": "/buyers/{buyer}/contracts",
            "data_selector": "results",
            "params": {"buyer": {"type": "resolve", "resource": parent, "field": field}},
            "paginator": {"type": "page_number", "limit_param": "page_size", "limit": 5},
        },
        **changes,
    }


def wanted(api: Sandbox) -> Counter[tuple[str, str]]:
    known = {row["id"] for row in api.rows("buyers")}
    return Counter(
        (row["buyer_id"], row["id"]) for row in api.rows("contracts") if row["buyer_id"] in known
    )


def pairs(outcome: Outcome, stream: str = "contracts_of") -> Counter[tuple[str, str]]:
    return Counter((r["_all_buyers_id"], r["id"]) for r in outcome.records(stream))


def test_a_child_is_read_for_every_parent_and_carries_its_key(api: Sandbox) -> None:
    outcome = run(api, buyers(), contracts(), select=("all_buyers", "contracts_of"))
    assert outcome.error is None
    assert pairs(outcome) == wanted(api)
    assert len(outcome.records("all_buyers")) == BUYERS
    (schema,) = [m for m in outcome.of("SCHEMA") if m["stream"] == "contracts_of"]
    assert schema["key_properties"] == ["_all_buyers_id", "id"]
    assert schema["schema"]["properties"]["_all_buyers_id"] == {"type": "string"}


def test_a_parent_that_is_not_selected_is_read_and_not_sent(api: Sandbox) -> None:
    outcome = run(api, buyers(), contracts(), select=("contracts_of",))
    assert pairs(outcome) == wanted(api)
    assert {m["stream"] for m in outcome.of("SCHEMA") + outcome.of("RECORD")} == {"contracts_of"}


def test_a_built_in_stream_can_be_a_parent(api: Sandbox) -> None:
    outcome = run(api, contracts(parent="buyers"), select=("contracts_of",))
    found = Counter((r["_buyers_id"], r["id"]) for r in outcome.records("contracts_of"))
    assert found == wanted(api)


def test_fields_of_the_parent_join_the_record_and_stay_out_of_the_state(api: Sandbox) -> None:
    incremental = {"incremental": {"cursor_path": "last_modified_at"}}
    child = contracts(include_from_parent=["name", "status"])
    child["endpoint"] |= incremental
    outcome = run(api, buyers(), child, select=("contracts_of",))
    names = {row["id"]: row["name"] for row in api.rows("buyers")}
    records = outcome.records("contracts_of")
    assert len(records) == wanted(api).total()
    assert all(r["_all_buyers_name"] == names[r["_all_buyers_id"]] for r in records)
    parts = outcome.state["bookmarks"]["contracts_of"]["partitions"]
    assert [list(part["context"]) for part in parts] == [["buyer"]] * BUYERS


def test_each_part_of_an_incremental_child_has_its_own_bookmark(api: Sandbox) -> None:
    child = contracts()
    child["endpoint"]["incremental"] = {
        "cursor_path": "last_modified_at",
        "start_param": "last_modified_at_after",
    }
    first = run(api, buyers(), child, select=("contracts_of",))
    assert pairs(first) == wanted(api)
    second = run(api, buyers(), child, select=("contracts_of",), state=first.state)
    newest: dict[str, str] = {}
    for record in first.records("contracts_of"):
        buyer = record["_all_buyers_id"]
        newest[buyer] = max(newest.get(buyer, ""), record["last_modified_at"])
    assert {
        r["_all_buyers_id"]: r["last_modified_at"] for r in second.records("contracts_of")
    } == newest
    assert second.state == first.state


def test_a_parent_without_the_field_is_said_and_its_siblings_are_read(api: Sandbox) -> None:
    (key,) = api.touch("buyers", 2, latest_contract_id=None)
    child = contracts(field="latest_contract_id")
    outcome = run(api, buyers(), child, select=("contracts_of",))
    asked = {request.path for request in api.requests if request.path.startswith("/buyers/")}
    others = [row["latest_contract_id"] for row in api.rows("buyers") if row["id"] != key]
    assert asked == {f"/buyers/{value}/contracts" for value in others if value}
    said = (
        "contracts_of: 1 of 8 records of all_buyers have no `latest_contract_id`, so that it was "
        "not read for them."
    )
    assert outcome.log.count(said) == 1
    assert outcome.stream("contracts_of")["verdict"] == "proven"


def test_a_child_is_not_proven_where_all_parents_lack_the_field(api: Sandbox) -> None:
    """Its name is wrong, or it has another one by now: nothing was read or deleted."""
    child = contracts(field="idd", write_disposition="replace")
    outcome = run(api, buyers(), child, select=("all_buyers", "contracts_of"))
    reason = "8 of 8 records of all_buyers have no `idd`, so that it was not read for them"
    assert outcome.log.count(f"contracts_of: not proven: {reason}.") == 1
    assert outcome.stream("contracts_of")["reasons"] == [reason]
    assert outcome.report["verdict"] == "not proven"
    assert outcome.stream("all_buyers")["verdict"] == "proven"
    assert outcome.of("ACTIVATE_VERSION") == []
    off = run(api, buyers(), child, select=("all_buyers", "contracts_of"), verify="none")
    assert off.log.count(f"contracts_of: {reason}.") == 1
    assert {part["verdict"] for part in off.report["streams"]} == {"not verified"}


def test_a_field_that_the_schema_of_the_parent_does_not_know_is_found(api: Sandbox) -> None:
    narrow = {"properties": {"id": {"type": "string"}}}
    child = contracts(include_from_parent=["name"])
    outcome = run(api, buyers(schema=narrow), child, select=("contracts_of",))
    names = {row["id"]: row["name"] for row in api.rows("buyers")}
    records = outcome.records("contracts_of")
    assert len(records) == wanted(api).total()
    assert all(r["_all_buyers_name"] == names[r["_all_buyers_id"]] for r in records)


def test_grandchildren_are_read_for_every_child(api: Sandbox) -> None:
    """The second level asks with a value of the first in a query parameter, as dlt spells it."""
    grandchild = {
        "name": "of_contracts",
        "primary_key": "id",
        "schema": {"properties": {"id": {"type": "string"}}},
        "endpoint": {
            "path": "/v2/settings",
            "data_selector": "data.items",
            "paginator": "single_page",
            "params": {"contract": ["{resources.contracts_of.id}"]},
        },
    }
    outcome = run(api, buyers(), contracts(), grandchild, select=("of_contracts",))
    asked = Counter(r.query["contract"] for r in api.requests if r.path == "/v2/settings")
    assert asked == Counter(key for _, key in wanted(api))
    (schema,) = outcome.of("SCHEMA")
    keys = ["_contracts_of__all_buyers_id", "_contracts_of_id", "id"]
    assert schema["key_properties"] == keys
    records = outcome.records("of_contracts")
    assert {r["_contracts_of_id"] for r in records} == {key for _, key in wanted(api)}
    assert all(all(r[key] for key in keys) for r in records)


def test_a_childs_trouble_stays_its_own(api: Sandbox) -> None:
    broken = api.rows("buyers")[3]["id"]
    api.fault("status", path=f"/buyers/{broken}/contracts", code=400, times=9)
    outcome = run(api, buyers(), contracts(), select=("all_buyers", "contracts_of"))
    assert outcome.stream("all_buyers")["status"] == "succeeded"
    assert len(outcome.records("all_buyers")) == BUYERS
    assert outcome.stream("contracts_of")["status"] == "failed"
    assert f"GET /buyers/{broken}/contracts" in outcome.stream("contracts_of")["error"]


def test_old_rows_of_a_child_go_only_when_every_part_is_proven(api: Sandbox) -> None:
    replaced = contracts(write_disposition="replace")
    outcome = run(api, buyers(), replaced, select=("contracts_of",))
    kinds = [message["type"] for message in outcome.messages]
    assert (kinds.count("SCHEMA"), kinds.count("ACTIVATE_VERSION")) == (1, 1)
    last_record = max(place for place, kind in enumerate(kinds) if kind == "RECORD")
    assert kinds.index("ACTIVATE_VERSION") > last_record
    # One part that is cut short keeps the rows of all.
    replaced["endpoint"]["paginator"]["maximum_page"] = 1
    bounded = run(api, buyers(), replaced, select=("contracts_of",))
    assert bounded.stream("contracts_of")["verdict"] == "not proven"
    assert bounded.of("ACTIVATE_VERSION") == []


@pytest.mark.parametrize("place", [0, 3])
def test_old_rows_of_a_child_stay_where_a_part_of_it_failed(api: Sandbox, place: int) -> None:
    """Those of the other parents were read and sent, whatever place it has."""
    whole = run(api, buyers(), contracts(), select=("contracts_of",))
    in_order = [*dict.fromkeys(r["_all_buyers_id"] for r in whole.records("contracts_of"))]
    api.fault("status", path=f"/buyers/{in_order[place]}/contracts", code=400, times=9)
    failed = run(api, buyers(), contracts(write_disposition="replace"), select=("contracts_of",))
    read = {r["_all_buyers_id"] for r in failed.records("contracts_of")}
    assert read == {*in_order} - {in_order[place]}
    assert failed.of("ACTIVATE_VERSION") == []
    part = failed.stream("contracts_of")
    assert (part["status"], part["verdict"]) == ("failed", "not proven")


@pytest.mark.parametrize("begun", [True, False])
def test_a_child_is_not_proven_where_a_parent_lacks_its_key(api: Sandbox, *, begun: bool) -> None:
    """The parent is not sent, and its children are not read: some of the child's records lack."""
    api.alter("buyers", *([1] if begun else []), fields={"id": None})
    outcome = run(api, buyers(), contracts(), select=("all_buyers", "contracts_of"))
    parts = [outcome.stream(name) for name in ("all_buyers", "contracts_of")]
    assert [part["verdict"] for part in parts] == ["not proven", "not proven"]
    assert parts[1]["status"] == ("succeeded" if begun else "not started")
    (reason,) = parts[1]["reasons"]
    assert reason.startswith("its parent all_buyers has records without their key (`id`)")
    assert f"contracts_of: not proven: {reason}." in outcome.log
    off = run(api, buyers(), contracts(), select=("all_buyers", "contracts_of"), verify="off")
    assert {part["verdict"] for part in off.report["streams"]} == {"not verified"}


def test_a_child_is_not_proven_where_its_parent_failed_or_is_not_proven(api: Sandbox) -> None:
    two = {"limit": 4, "limit_param": "limit", "offset_param": "offset", "type": "offset"}
    endpoint = {**buyers()["endpoint"], "paginator": two}
    api.fault("status", stream="buyers", page=2, times=None, code=500)
    outcome = run(
        api, buyers(endpoint=endpoint), contracts(), select=("all_buyers", "contracts_of")
    )
    child = outcome.stream("contracts_of")
    assert (child["status"], child["verdict"]) == ("succeeded", "not proven")
    assert child["reasons"][0].startswith("its parent all_buyers failed")
    endpoint["paginator"] = {**two, "maximum_offset": 4}
    outcome = run(
        api, buyers(endpoint=endpoint), contracts(), select=("all_buyers", "contracts_of")
    )
    child = outcome.stream("contracts_of")
    assert (child["status"], child["verdict"]) == ("succeeded", "not proven")
    assert child["reasons"][0].startswith("its parent all_buyers is not proven")


def test_a_child_is_not_proven_where_the_whole_run_ends_within_its_parent(api: Sandbox) -> None:
    """Its parent's second page cannot be had by anybody: the token is refused from then on."""
    two = {"limit": 4, "limit_param": "limit", "offset_param": "offset", "type": "offset"}
    endpoint = {**buyers()["endpoint"], "paginator": two}
    api.fault("status", stream="buyers", page=2, times=None, code=401)
    api.fault("status", path=TOKEN_PATH, nth=2, times=None, code=401)
    config = connected(api, resources=[buyers(endpoint=endpoint), contracts()])
    outcome = sync(config, "all_buyers", "contracts_of")
    assert outcome.report["error"]
    assert pairs(outcome), "it was read for the parents of the first page"
    child = outcome.stream("contracts_of")
    assert (child["status"], child["verdict"]) == ("succeeded", "not proven")
    assert child["reasons"][0].startswith("its parent all_buyers was not read to its end")


def test_a_childs_path_takes_a_value_that_the_parents_field_could_not_hold(api: Sandbox) -> None:
    schema = {"properties": {"id": {"type": "string"}, "name": {"type": ["integer", "null"]}}}
    api.alter("buyers", 1, fields={"name": str(api.rows("buyers")[0]["id"]) + " a text"})
    outcome = run(
        api,
        buyers(schema=schema),
        contracts(field="name"),
        select=("all_buyers", "contracts_of"),
    )
    assert not any("records of all_buyers have no" in line for line in outcome.log)
    assert len({request.path for request in api.requests if "/contracts" in request.path}) == BUYERS


def test_old_rows_of_a_child_stay_where_its_parent_is_not_proven(api: Sandbox) -> None:
    """A parent that was not read takes its children with it."""
    parent = buyers()
    parent["endpoint"]["paginator"] = {"type": "offset", "limit": 2, "maximum_offset": 4}
    child = contracts(write_disposition="replace")
    outcome = run(api, parent, child, select=("all_buyers", "contracts_of"))
    assert len(outcome.records("all_buyers")) == 4
    assert outcome.of("ACTIVATE_VERSION") == []


@pytest.mark.parametrize("value", [".", ".."])
def test_a_parents_value_never_leaves_its_place_in_the_path(api: Sandbox, value: str) -> None:
    api.fault("inject", path="/v2/buyers", times=99, field="status", json=f'"{value}"')
    outcome = run(
        api,
        buyers(),
        contracts(field="status"),
        select=("all_buyers", "contracts_of"),
        verify="off",
    )
    assert "would lead to another place" in outcome.stream("contracts_of")["error"]
    assert {request.path.split("/")[-1] for request in api.requests} <= {"buyers", "contracts"}
    assert "/contracts" not in {request.path for request in api.requests}


def test_a_grandchild_whose_path_has_the_key_of_both_is_sampled() -> None:
    """The middle's records have their parent's key once they are sent; its sample has it, too."""

    def respond(request: Request) -> Response:
        levels = request.path.strip("/").split("/")
        name = "".join(levels[1::2])
        if len(levels) == 5:
            return Response([{"id": f"{name}-{n}", "weight": n} for n in range(2)])
        return Response([{"id": letter} for letter in "ab"])

    paths = {
        "owners": "/o",
        "projects": "/o/{resources.owners.id}/p",
        "tasks": "/o/{resources.projects._owners_id}/p/{resources.projects.id}/t",
    }
    resources = [
        {
            "name": name,
            "primary_key": "id",
            "endpoint": {"path": path, "paginator": "single_page"},
        }
        for name, path in paths.items()
    ]
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": resources})
    records = outcome.records("tasks")
    assert [(record["id"], record["weight"]) for record in records] == [
        (f"{owner}{project}-{n}", n) for owner in "ab" for project in "ab" for n in range(2)
    ]
    assert outcome.stream("tasks")["verdict"] == "proven"


@pytest.mark.parametrize("total", [True, False])
def test_a_parent_that_is_sent_in_several_passes_has_its_children_read_once(total: bool) -> None:  # noqa: FBT001  # of pytest
    """Addresses of files are signed anew in each response: the record differs, its key does not."""
    asked: Counter[str] = Counter()

    def respond(request: Request) -> Response:
        asked[request.path] += 1
        if request.path == "/people":
            begin = 5 * int(request.query.get("page", 1)) - 5
            people = [
                {"id": n, "avatar": f"/{sum(asked.values())}"} for n in range(12)[begin : begin + 5]
            ]
            return Response({"data": people} | ({"total": 12} if total else {}))
        return Response({"data": [{"id": n} for n in range(3)]})

    people = {
        "name": "people",
        "primary_key": "id",
        "endpoint": {
            "path": "/people",
            "data_selector": "data",
            "paginator": {"type": "page_number", "base_page": 1},
        },
    }
    notes = {
        "name": "notes",
        "primary_key": [],
        "write_disposition": "append",
        "endpoint": {
            "path": "/people/{resources.people.id}/notes",
            "data_selector": "data",
            "paginator": "single_page",
        },
    }
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [people, notes]}, sample_size=1)
    assert asked["/people"] > 4, "there was one pass: nothing was shown"
    assert len(outcome.records("people")) > 12, "no record was sent again"
    assert len(outcome.records("notes")) == 36
    assert outcome.stream("notes")["verdict"] == outcome.stream("people")["verdict"]
