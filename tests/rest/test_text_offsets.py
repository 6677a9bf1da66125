"""A cursor that is a text is found to be handed back as `offset`, and leaps over nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

ROWS = [{"id": number} for number in range(25)]
SCHEMA = {"properties": {"id": {"type": "integer"}}}

FORMS: dict[str, tuple[str, Callable[[int], str]]] = {
    "Airtable": ("offset", lambda first: f"itr5/rec{first}"),
    "Chargebee": ("next_offset", lambda first: json.dumps(["1612345", str(first)])),
    "Lever": ("next", lambda first: f"%5B{first}%5D"),
    "one that begins with digits": ("next_offset", lambda first: f"1612345-{first}"),
}


def read(answer: Callable[[dict[str, str]], Any]) -> Outcome:
    return read_list(answer, endpoint={"paginator": "auto"}, schema=SCHEMA)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", [0, 7, 11, 25])
def test_the_offset_that_is_a_text_is_found_by_trial(form: str, number: int) -> None:
    name, spell = FORMS[form]

    def answer(query: dict[str, str]) -> object:
        texts = {spell(first): first for first in range(0, 30, 10)}
        first = texts[query["offset"]] if query.get("offset") else 0
        beside = {name: spell(first + 10)} if first + 10 < number else {}
        return {"data": ROWS[:number][first:][:10], **beside}

    outcome = read(answer)
    report = outcome.stream("items")
    assert (report["verdict"], len(outcome.records("items"))) == ("proven", number)


def leading_digits(text: str) -> int:
    """As PHP and JavaScript's `parseInt` read a number."""
    found = re.match(r"\d*", text)
    return int(found[0] or 0) if found else 0


def nothing_of_a_text(text: str) -> int:
    """As JavaScript's `slice` from NaN to NaN is empty."""
    return int(text) if text.isdecimal() else len(ROWS)


@pytest.mark.parametrize("to_number", [leading_digits, nothing_of_a_text])
@pytest.mark.parametrize("cursor", ["17f2c", "abc"])
def test_a_server_that_takes_an_offset_for_a_number_is_not_led_by_a_text(
    to_number: Callable[[str], int], cursor: str
) -> None:
    def answer(query: dict[str, str]) -> object:
        first = to_number(query.get("offset", "0"))
        return {"data": ROWS[first:][:10], **({"next": cursor} if first < 15 else {})}

    assert read(answer).stream("items")["verdict"] == "not proven"


def test_an_offset_that_is_a_text_may_lead_to_an_empty_page() -> None:
    def answer(query: dict[str, str]) -> object:
        return {"data": []} if query.get("offset") else {"data": ROWS, "next_offset": "abc"}

    outcome = read(answer)
    assert (outcome.stream("items")["verdict"], len(outcome.records("items"))) == ("proven", 25)
