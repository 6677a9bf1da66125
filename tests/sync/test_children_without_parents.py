"""A child of a parent without records has none either: it is proven, and its old ones go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_api import SmallAPI, child, resource

SCHEMA = {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
REPLACED = {"write_disposition": "replace", "schema": SCHEMA}


def grandchild(**parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    params = {"kid": {"type": "resolve", "resource": "kids", "field": "id"}}
    return resource("toys", "/kids/{kid}/toys", params=params, **parts)


def kids(**parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    return child("kids", "/parents/{it}/kids", "id", **parts)


def test_it_is_in_the_report_and_nothing_stays_of_it_in_the_target() -> None:
    """It had no verdict, and its records stayed when the last parent was gone."""
    with SmallAPI(lambda *_: {"data": []}) as api:
        outcome = api.read(resource("parents"), kids(**REPLACED), grandchild(**REPLACED))
    for name in ("kids", "toys"):
        part = outcome.stream(name)
        assert (part["status"], part["verdict"], part["records"]) == ("succeeded", "proven", 0)
        kinds = [each["type"] for each in outcome.messages if each.get("stream") == name]
        assert kinds == ["SCHEMA", "ACTIVATE_VERSION"]
    assert outcome.report["verdict"] == "proven"


@pytest.mark.parametrize("verify", ["warn", "none"])
def test_one_that_is_merged_is_in_the_report_and_nothing_goes_out(verify: str) -> None:
    with SmallAPI(lambda *_: {"data": []}) as api:
        outcome = api.read(resource("parents"), kids(schema=SCHEMA), verify=verify)
    assert outcome.stream("kids")["status"] == "succeeded"
    verdict = "proven" if verify == "warn" else "not verified"
    assert outcome.stream("kids")["verdict"] == verdict
    assert not [each for each in outcome.messages if each.get("stream") == "kids"]


def test_nothing_goes_where_the_list_of_parents_is_not_proven() -> None:
    with SmallAPI(lambda *_: {"data": [], "has_more": True}) as api:
        outcome = api.read(resource("parents"), kids(**REPLACED))
    assert outcome.stream("kids")["verdict"] == "not proven"
    assert outcome.of("ACTIVATE_VERSION") == []


def test_nothing_goes_where_the_fields_of_the_child_are_not_known() -> None:
    """No parent, no sample: a schema of the key alone may change the types of a table."""
    with SmallAPI(lambda *_: {"data": []}) as api:
        outcome = api.read(resource("parents"), kids(write_disposition="replace"))
    assert outcome.stream("kids")["verdict"] == "proven"
    assert outcome.of("ACTIVATE_VERSION") == []
    assert any(line.startswith("kids: records that are gone stay in the") for line in outcome.log)
