"""A key that does not fit its field: the record is not sent, and nothing says that it is kept."""

from __future__ import annotations

import pytest

from tests.support.json_server import read_list


@pytest.mark.parametrize("on_invalid", ["keep", "null"])
def test_what_comes_with_a_key_that_its_field_cannot_hold_is_not_told_as_kept(
    on_invalid: str,
) -> None:
    rows = [{"id": 1, "n": 2}, {"id": "A7", "n": "x"}]
    integer = {"type": ["integer", "null"]}
    outcome = read_list(
        lambda _: {"data": rows},
        schema={"properties": {"id": {"type": "integer"}, "n": integer}},
        settings={"on_invalid": on_invalid},
    )
    report = outcome.stream("items")
    assert (report["without_key"], report["kept"], report["nulled"]) == (1, 0, 0)
    assert report["verdict"] == "not proven"
    told = [line for line in outcome.log if "The field is null" in line]
    assert len(told) == 2
    assert all("the record is not sent without its key" in line for line in told)
