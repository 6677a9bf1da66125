"""Some servers leave an empty list out: what is left is an envelope, and no record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.harness import Outcome

EMPTY, FULL = {"count": 0}, {"count": 2, "kids": [{"name": "a"}, {"name": "b"}]}


def read(of_parents: Mapping[str, object], **endpoint: object) -> Outcome:
    """Read a child without a key, of parents whose responses these are."""

    def respond(request: Request) -> Response:
        if request.path == "/parents":
            return Response({"data": [{"id": parent} for parent in of_parents]})
        return Response(of_parents[request.path.split("/")[2]])

    parents: dict[str, Any] = {"path": "parents", "data_selector": "data"}
    of_parent = {"x": {"type": "resolve", "resource": "parents", "field": "id"}}
    kids: dict[str, Any] = {"path": "parents/{x}/kids", "params": of_parent, **endpoint}
    schema = {"type": "object", "properties": {"name": {"type": ["string", "null"]}}}
    keyed, declared = {"primary_key": "id"}, {"schema": schema}
    resources = [
        {"name": name, "endpoint": {"paginator": "single_page", **each}, **more}
        for name, each, more in (("parents", parents, keyed), ("kids", kids, declared))
    ]
    with serving(respond) as server:
        return run_tap(server, {"resources": resources}, concurrency=1)


def names(outcome: Outcome) -> list[Any]:
    """What the records that went out have as their names."""
    return [record.get("name") for record in outcome.records("kids")]


@pytest.mark.parametrize("later", [FULL, {"count": 0, "kids": []}], ids=["a list", "an empty list"])
def test_an_envelope_is_no_record_once_another_has_a_list(later: object) -> None:
    outcome = read({"1": EMPTY, "2": later, "3": FULL})
    error = outcome.stream("kids")["error"]
    assert "`kids` holds a list, and a response before had none" in error
    assert "set `data_selector: kids`" in error


def test_what_the_sentence_advises_reads_them_all() -> None:
    ignored = {"content": '"count": 0', "action": "ignore"}
    outcome = read({"1": EMPTY, "2": FULL}, data_selector="kids", response_actions=[ignored])
    part = outcome.stream("kids")
    assert (part["error"], part["verdict"], names(outcome)) == (None, "proven", ["a", "b"])


@pytest.mark.parametrize(
    "record",
    [
        lambda at: {"count": at},
        lambda at: {"total": at, "pages": 4},
        lambda at: {"name": "a", **({"tags": ["x"]} if at else {})},
    ],
    ids=["a count", "two counts", "a list among its fields"],
)
def test_objects_that_stay_without_a_list_are_records(record: Callable[[int], object]) -> None:
    outcome = read({str(at): record(at) for at in range(3)})
    part = outcome.stream("kids")
    assert (part["error"], part["records"], part["verdict"]) == (None, 3, "proven")
