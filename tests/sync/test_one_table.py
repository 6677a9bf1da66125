"""Streams that fill one table: its old rows go when all of them are proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}}


def into_t(name: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    parts = {"write_disposition": "replace", **parts}
    return resource(name, schema=SCHEMA, table_name="t", **parts)


def kinds(outcome: Outcome) -> list[tuple[str, str]]:
    found = [m for m in outcome.messages if m["type"] in {"RECORD", "ACTIVATE_VERSION"}]
    return [(m["type"], m["record"]["id"] if "record" in m else m["stream"]) for m in found]


def read(api: SmallAPI, **of_b: Any) -> Outcome:  # noqa: ANN401  # parts of b
    return api.read(into_t("a"), into_t("b", **of_b))


@pytest.mark.parametrize("fails", ["/a", "/b", ""])
def test_old_rows_go_once_behind_the_last_stream_of_a_table(fails: str) -> None:
    """They went behind the first stream, and with them those that the second one did not bring."""

    def answer(path: str, _: dict[str, str]) -> Any:  # noqa: ANN401  # any response
        return (404, {}) if path == fails else {"data": [{"id": path}]}

    with SmallAPI(answer) as api:
        outcome = read(api)
    rows = [("RECORD", path) for path in ("/a", "/b") if path != fails]
    assert kinds(outcome) == (rows if fails else [*rows, ("ACTIVATE_VERSION", "t")])


def test_old_rows_stay_where_a_stream_of_the_table_is_not_replaced() -> None:
    """Its records carry no version, so that the target would delete them."""
    with SmallAPI(lambda path, _: {"data": [{"id": path}]}) as api:
        outcome = read(api, write_disposition="merge")
    assert kinds(outcome) == [("RECORD", "/a"), ("RECORD", "/b")]


def test_a_table_of_its_own_loses_its_old_rows_at_once() -> None:
    with SmallAPI(lambda path, _: {"data": [{"id": path}]}) as api:
        outcome = api.read(into_t("a"), into_t("b") | {"table_name": "u"})
    activated = ("ACTIVATE_VERSION", "t"), ("ACTIVATE_VERSION", "u")
    assert kinds(outcome) == [("RECORD", "/a"), activated[0], ("RECORD", "/b"), activated[1]]
