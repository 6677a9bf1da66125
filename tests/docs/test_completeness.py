"""The page on completeness: its sentence is the README's, and each row of its table is played."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import Outcome, connected, sync
from tests.support.paths import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.sandbox import Sandbox

PAGE = (DOCS / "completeness.md").read_text(encoding="utf-8")
STREAM = "buyers"
OLD = "2001-01-01T00:00:00.000000Z"


def rows() -> dict[str, list[str]]:
    """The cells of the table of situations, by situation."""
    table = PAGE.split("| situation |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]
    return {row[0]: row[1:] for row in cells}


Prepared = tuple[dict[str, Any], str | None]
"""Further settings, and the bookmark to start from."""


def at_rest(_sandbox: Sandbox) -> Prepared:
    return {}, OLD


def nothing_new(sandbox: Sandbox) -> Prepared:
    state = sync(connected(sandbox), STREAM).state
    return {}, state["bookmarks"][STREAM]["replication_key_value"]


def misfit(sandbox: Sandbox) -> Prepared:
    sandbox.touch(STREAM, 3, custom_properties=700.5)
    return {}, OLD


def moving(sandbox: Sandbox) -> Prepared:
    sandbox.order(STREAM, "key")
    for number in (1, 2, 3):
        sandbox.edit(STREAM, page=2, nth=number, delete=[0], insert=[None])
    return {"read_by": "pages", "page_size": 50, "concurrency": 1}, OLD


def bounded(_sandbox: Sandbox) -> Prepared:
    paginator = {"type": "page_number", "limit": 50, "limit_param": "page_size", "maximum_page": 2}
    entry = {"name": STREAM, "endpoint": {"paginator": {**paginator, "page_param": "page"}}}
    return {"resources": [entry], "read_by": "pages"}, OLD


def broken(sandbox: Sandbox) -> Prepared:
    sandbox.fault("status", stream=STREAM, times=None, code=500)
    return {}, OLD


def refused(_sandbox: Sandbox) -> Prepared:
    return {"client_secret": "mistyped"}, OLD


def ahead(_sandbox: Sandbox) -> Prepared:
    return {}, "2099-01-01T00:00:00.000000Z"


def mapped_away(sandbox: Sandbox) -> Prepared:
    settings, held = misfit(sandbox)
    return settings | {"stream_maps": {STREAM: {"additional_properties": None}}}, held


def refused_value(sandbox: Sandbox) -> Prepared:
    settings, held = misfit(sandbox)
    return settings | {"on_invalid": "fail"}, held


def keyless(sandbox: Sandbox) -> Prepared:
    latest = max(sandbox.rows(STREAM), key=lambda row: str(row["last_modified_at"]))
    sandbox.alter(STREAM, str(latest["id"]), fields={"id": None})
    return {}, OLD


def filled(sandbox: Sandbox) -> Prepared:
    settings, held = keyless(sandbox)
    return settings | {"on_missing_key": "hash"}, held


def more(_sandbox: Sandbox) -> Prepared:
    return {"resources": [{"name": STREAM, "endpoint": {"paginator": "single_page"}}]}, OLD


SITUATIONS: dict[str, Callable[[Sandbox], Prepared]] = {
    "nothing changes while the stream is read": at_rest,
    "nothing is new since the last run": nothing_new,
    "a value does not fit its field": misfit,
    (
        "it does not, or has none, and `additional_properties` is not in the output or the catalog"
    ): mapped_away,
    "it does not, and `on_invalid` is `fail`": refused_value,
    "a record comes without its key": keyless,
    "it does, and `on_missing_key` is `hash`": filled,
    "the response that ends the reading says that there is more": more,
    "records move between pages in every pass": moving,
    "`maximum_page` ends the stream before the source does": bounded,
    "a page cannot be had": broken,
    "the credentials are refused": refused,
    "the bookmark lies in the future": ahead,
}


def test_every_situation_of_the_table_is_played() -> None:
    assert rows().keys() == SITUATIONS.keys()


@pytest.mark.parametrize("verify", ["warn", "fail"])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_situation_ends_as_the_table_says(sandbox: Sandbox, situation: str, verify: str) -> None:
    verdict, with_warn, with_fail, bookmark = rows()[situation]
    settings, held = SITUATIONS[situation](sandbox)
    outcome = sync(
        connected(sandbox, **({"verify": verify} | settings)), STREAM, state=state(str(held))
    )
    if "does not fit" in situation or "not in the output" in situation:
        assert outcome.stream(STREAM)["nulls"], "the situation is there"
    assert outcome.report["verdict"] == verdict
    assert int(outcome.error is not None) == int(with_warn if verify == "warn" else with_fail)
    moved = value(outcome) != held
    stays = bookmark == "stays" or (verify == "fail" and "stays with `fail`" in bookmark)
    assert moved != stays


@pytest.mark.parametrize("situation", SITUATIONS)
def test_with_verify_off_nothing_is_called_proven_or_not(sandbox: Sandbox, situation: str) -> None:
    settings, held = SITUATIONS[situation](sandbox)
    config = connected(sandbox, **({"verify": "off"} | settings))
    outcome = sync(config, STREAM, state=state(str(held)))
    assert outcome.report["verdict"] == "not verified"
    assert {part["verdict"] for part in outcome.report["streams"]} <= {"not verified"}


def test_the_promise_of_the_readme_is_the_sentence_of_the_page() -> None:
    sentence = re.findall(r"\*\*(Proven means .*?)\*\*", PAGE, re.DOTALL)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    promise = re.findall(r"\*\*(Proven means .*?)\*\*", readme, re.DOTALL)
    assert len(sentence) == len(promise) == 1
    assert promise[0].split() == sentence[0].split()


def state(held: str) -> dict[str, Any]:
    part = {"replication_key": "last_modified_at", "replication_key_value": held}
    return {"bookmarks": {STREAM: part}}


def value(outcome: Outcome) -> str:
    held: str = outcome.state["bookmarks"][STREAM]["replication_key_value"]
    return held
