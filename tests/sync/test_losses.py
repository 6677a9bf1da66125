"""What cannot go out takes the word proven away, and the bookmark does not pass it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import only, sync
from tests.support.shapes import config_of_items as config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.harness import Outcome

ROWS = 30


@pytest.fixture
def api() -> Iterator[Sandbox]:
    with Sandbox(rows={"items": ROWS}, edge_cases=False) as sandbox:
        yield sandbox


def ordered(api: Sandbox) -> list[dict[str, Any]]:
    return sorted(api.rows("items"), key=lambda row: str(row["updated_at"]))


def bookmark(outcome: Outcome) -> str | None:
    held: str | None = outcome.state["bookmarks"]["items"].get("replication_key_value")
    return held


def told(outcome: Outcome) -> list[str]:
    return [line for line in outcome.log if "the record with key" in line]


def test_an_invalid_value_is_kept_counted_and_told_once_in_all_runs(api: Sandbox) -> None:
    api.alter("items", every=2, fields={"quantity": "A700"})
    first = sync(config(api), "items")
    part = first.stream("items")
    assert (part["verdict"], part["kept"], part["nulls"]) == ("proven", 15, {"quantity": 15})
    assert first.log[-1] == "30 records, 15 invalid values kept; proven: items"
    aside = [row["additional_properties"] for row in first.records("items")]
    assert [kept["quantity"] for kept in aside if "quantity" in kept] == ["A700"] * 15
    (line,) = told(first)
    assert "`quantity`" in line
    assert "A700, a string where the schema says an integer" in line
    assert "the value is kept in `additional_properties`" in line
    api.touch("items", 0, quantity="B")
    assert told(sync(config(api), "items", state=first.state)) == []
    assert len(told(sync(config(api), "items"))) == 1, "a state that knows nothing of it"


def test_on_invalid_null_is_proven_and_counted(api: Sandbox) -> None:
    api.alter("items", 3, fields={"quantity": 700.5})
    outcome = sync(config(api, on_invalid="null"), "items")
    part = outcome.stream("items")
    assert (part["verdict"], part["kept"], part["nulled"]) == ("proven", 0, 1)
    assert ", 1 invalid value dropped; proven: items" in outcome.log[-1]
    assert not any("kept" in line for line in outcome.log)
    aside = [row["additional_properties"] or {} for row in outcome.records("items")]
    assert not any("quantity" in names for names in aside)
    assert "dropped, as `on_invalid` says" in told(outcome)[0]


def test_on_invalid_fail_fails_the_stream_and_the_bookmark_stays(api: Sandbox) -> None:
    state = sync(config(api), "items").state
    api.touch("items", 3, quantity="A700")
    outcome = sync(config(api, on_invalid="fail"), "items", state=state)
    part = outcome.stream("items")
    assert part["status"] == "failed"
    assert "quantity is a string, not an integer of at most 64 bits: A700" in part["error"]
    assert outcome.state == state


@pytest.mark.parametrize("how", ["deselected", "mapped away"])
def test_a_value_that_is_nowhere_in_the_output_is_not_proven(api: Sandbox, how: str) -> None:
    api.alter("items", 3, fields={"quantity": "A700"})
    settings = config(api, page_size=100)
    catalog = only("items", config=settings)
    if how == "deselected":
        (entry,) = (each for each in catalog["streams"] if each["tap_stream_id"] == "items")
        for item in entry["metadata"]:
            if "additional_properties" in item["breadcrumb"]:
                item["metadata"]["selected"] = False
    else:
        settings["stream_maps"] = {"items": {"additional_properties": None}}
    outcome = sync(settings, catalog=catalog)
    part = outcome.stream("items")
    assert part["verdict"] == "not proven"
    assert part["lost"] == {"quantity": 1}
    assert part["passes"] == 1, "another pass would find the same"
    assert bookmark(outcome) is not None
    assert any("nowhere in the output (`quantity` 1)" in line for line in outcome.log)
    assert not any("kept" in line for line in outcome.log)
    assert ", 1 invalid value lost; not proven: items" in outcome.log[-1]
    failed = sync(settings | {"verify": "fail"}, catalog=catalog)
    assert failed.stream("items")["status"] == "failed"
    assert "replication_key_value" not in failed.state.get("bookmarks", {}).get("items", {})


def test_a_value_of_a_field_that_nobody_wants_is_no_loss_and_goes_nowhere(api: Sandbox) -> None:
    api.alter("items", 3, fields={"quantity": "A700"})
    settings = config(api)
    catalog = only("items", config=settings)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if "quantity" in item["breadcrumb"]:
                item["metadata"]["selected"] = False
    outcome = sync(settings, catalog=catalog)
    assert outcome.stream("items")["verdict"] == "proven"
    assert b"A700" not in outcome.raw
    assert told(outcome) == []


def test_a_record_without_its_key_holds_the_bookmark_before_it(api: Sandbox) -> None:
    rows = ordered(api)
    api.alter("items", str(rows[20]["id"]), rename={"id": "Id"})
    outcome = sync(config(api), "items")
    part = outcome.stream("items")
    assert (part["verdict"], part["passes"], part["without_key"]) == ("not proven", 1, 1)
    assert outcome.log[-1] == "29 records, 1 record without key; not proven: items"
    assert part["records"] == ROWS - 1
    (line,) = (line for line in outcome.log if "items: not proven" in line)
    assert "1 record came without its key (`id`)" in line
    assert "fields that came: `Id`, `updated_at`" in line
    assert bookmark(outcome) == max(
        row["updated_at"]
        for row in outcome.records("items")
        if row["updated_at"] < rows[20]["updated_at"]
    )
    again = sync(config(api), "items", state=outcome.state)
    assert again.stream("items")["without_key"] == 1, "it is told until it is cured"
    failed = sync(config(api, verify="fail"), "items")
    assert failed.stream("items")["status"] == "failed"


def test_a_record_without_key_and_time_keeps_the_bookmark_where_it_was(api: Sandbox) -> None:
    api.alter("items", 3, fields={"id": None, "updated_at": None})
    outcome = sync(config(api), "items")
    assert outcome.stream("items")["verdict"] == "not proven"
    assert bookmark(outcome) is None


def test_a_full_table_with_a_record_without_its_key_deletes_nothing(api: Sandbox) -> None:
    settings = config(api, incremental=False, emit_activate_version_messages=True)
    assert len(sync(settings, "items").of("ACTIVATE_VERSION")) == 1
    api.alter("items", 3, fields={"id": None})
    outcome = sync(settings, "items")
    assert outcome.of("ACTIVATE_VERSION") == []
    assert outcome.stream("items")["verdict"] == "not proven"


@pytest.mark.parametrize("where", ["setting", "entry"])
def test_a_missing_key_can_be_filled_with_a_hash(api: Sandbox, where: str) -> None:
    api.alter("items", 3, fields={"id": None})
    given: dict[str, Any] = {"on_missing_key": "hash"}
    settings = config(api, **(given if where == "setting" else {"entry": given}))
    first, second = (sync(settings, "items") for _ in range(2))
    part = first.stream("items")
    assert (part["verdict"], part["filled_keys"], part["without_key"]) == ("proven", 1, 0)
    assert ", 1 key filled; proven: items" in first.log[-1]
    keys = [[row["id"] for row in each.records("items")] for each in (first, second)]
    assert keys[0] == keys[1]
    assert sum(key.startswith("_row_hash:") for key in keys[0]) == 1


def test_only_a_key_of_one_text_column_can_be_filled(api: Sandbox) -> None:
    api.alter("items", 3, fields={"quantity": None})
    entry = {"primary_key": "quantity", "on_missing_key": "hash"}
    outcome = sync(config(api, entry=entry), "items")
    part = outcome.stream("items")
    assert (part["verdict"], part["without_key"], part["filled_keys"]) == ("not proven", 1, 0)
    assert any("can fill a key of one text column only" in line for line in outcome.log)


@pytest.mark.parametrize(("key", "said"), [("id", True), ("quantity", False)])
def test_a_hash_is_proposed_where_it_can_fill_the_key(
    api: Sandbox,
    key: str,
    said: bool,  # noqa: FBT001  # of pytest
) -> None:
    api.alter("items", 3, fields={key: None})
    outcome = sync(config(api, entry={"primary_key": key}), "items")
    assert outcome.stream("items")["without_key"] == 1
    assert any("`on_missing_key` may be `hash`" in line for line in outcome.log) == said
