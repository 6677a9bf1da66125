"""Numbers that a target would read as infinity or as 0 are kept as text; all others as they are."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.rest.response import document
from tap_analytics.rest.response.document import JSONBody, RawRecords
from tests.support.json_server import read_list

HUGE, TINY, LONG = "1e400", "1e-400", "9" * 400
ASIDE = "additional_properties"
NUMBER = {"type": ["number", "null"]}
DECLARED = {
    "properties": {
        "id": {"type": "integer"},
        "n": NUMBER,
        "text": {"type": ["string", "null"]},
        "lines": {
            "type": ["array", "null"],
            "items": {"type": ["object", "null"], "properties": {"n": NUMBER}},
        },
        "open": {"type": ["object", "null"]},
        "list": {"type": ["array", "null"]},
    }
}


def sent(fields: str, selector: str = "data") -> tuple[dict[str, Any], Any]:
    """A record with some fields, as it is sent behind many of the usual kind, and the report."""
    usual = ",".join(f'{{"id":{number},"n":{number}.5}}' for number in range(150))
    pages = [f'{{"data":[{usual}]}}', f'{{"data":[{{"id":999,{fields}}}]}}', '{"data":[]}']
    outcome = read_list(
        lambda query: pages[min(int(query["page"]), 3) - 1].encode(),
        endpoint={
            "data_selector": selector,
            "paginator": {"type": "page_number", "base_page": 1},
        },
        schema=DECLARED,
    )
    (record,) = (each for each in outcome.records("items") if each["id"] == 999)
    return record, outcome.stream("items")


@pytest.mark.parametrize("number", [HUGE, f"-{HUGE}", TINY, LONG, f"-{LONG}", f'"{HUGE}"'])
@pytest.mark.parametrize("selector", ["data", "$.data[?(@.id)]"])
def test_a_field_of_numbers_is_null_and_the_number_is_kept_as_it_came(
    number: str, selector: str
) -> None:
    fields = f'"n":{number},"lines":[{{"n":{number}}},{{"n":2.50}}]'
    record, report = sent(fields, selector)
    came = number.strip('"')
    assert record[ASIDE] == {"n": came, "lines[0].n": came}
    assert (record["n"], record["lines"][0]["n"]) == (None, None)
    assert (report["verdict"], report["kept"]) == ("proven", 2)


@pytest.mark.parametrize("number", [HUGE, TINY, LONG])
@pytest.mark.parametrize("selector", ["data", "$.data[?(@.id)]"])
def test_in_what_has_no_type_and_in_text_the_number_is_text(number: str, selector: str) -> None:
    fields = f'"open":{{"a":[{number},{{"b":{number}}}]}},"list":[{number},1],"text":{number}'
    record, report = sent(f'{fields},"new":[{number}]', selector)
    assert record["open"] == {"a": [number, {"b": number}]}
    assert record["list"] == [number, 1]
    assert record["text"] == number
    assert record[ASIDE] == {"new": [number]}
    assert report["verdict"] == "proven"


def test_a_field_whose_samples_have_such_a_number_is_text() -> None:
    rows = f'{{"data":[{{"id":1,"n":{HUGE}}},{{"id":2,"n":2.5}}]}}'
    outcome = read_list(lambda _: rows.encode())
    assert [record["n"] for record in outcome.records("items")] == [HUGE, "2.5"]


@pytest.mark.parametrize("number", ["9e307", "-1e-320", "9" * 308, "0." + "1" * 400, "0e-400"])
def test_a_number_that_a_double_holds_stays_a_number(number: str) -> None:
    fields = f'"n":{number},"open":{{"a":{number}}}'
    record, report = sent(fields)
    assert float(record["n"]) == float(record["open"]["a"]) == float(number)
    assert (report["kept"], ASIDE in record) == (0, False)


@pytest.mark.parametrize("piece", [309, 350, 500, 1000])
def test_such_a_number_is_found_wherever_it_stands_on_a_large_page(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_PIECE", piece)
    for before in range(0, 1200, 7):
        for number, is_found in (("9" * 309, True), ("9" * 100, False)):
            body = JSONBody(f'{{"data":[{{"text":"{"x" * before}","n":{number}}}]}}'.encode())
            records = RawRecords.from_json(body.raw(("data",)))
            assert records is not None
            assert (records.read_by(bytes) == []) is is_found
