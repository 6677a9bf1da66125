"""Records in lists within the items of a list are proven by the items, which the server cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

SCHEMA = {"properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}
PAGES = {"type": "page_number", "base_page": 1}
TOTAL = PAGES | {"total_path": None, "records_total_path": "total"}
CURSOR = {"type": "cursor", "cursor_path": "next", "cursor_param": "page"}
SIZE = 10

Orders = list[dict[str, Any]]


def orders(count: int, lines: Callable[[int], int] = lambda n: n % 4) -> Orders:
    """Orders, each with its own number of lines; one in four has none."""
    return [
        {"order": n, "lines": [{"id": 10 * n + line} for line in range(lines(n))]}
        for n in range(count)
    ]


def paged(table: Orders, **beside: Callable[[int], Any]) -> Callable[[dict[str, str]], Any]:
    """What sends a table in pages of ten; what stands beside them is made of the page's number."""

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        page = int(query.get("page", 1))
        said = {name: value(page) for name, value in beside.items()}
        return {"orders": table[(page - 1) * SIZE :][:SIZE], **said}

    return answer


def read(
    answer: Callable[[dict[str, str]], Any],
    paginator: object = PAGES,
    selector: str = "orders[*].lines[*]",
    **entry: Any,  # noqa: ANN401  # any entry
) -> Outcome:
    endpoint = {"data_selector": selector, "paginator": paginator}
    return read_list(answer, endpoint=endpoint, **{"schema": SCHEMA, **entry})


def ids(outcome: Outcome) -> list[int]:
    return sorted(record["id"] for record in outcome.records("items"))


@pytest.mark.parametrize(
    ("paginator", "beside"),
    [
        (PAGES, {}),
        (PAGES, {"total": lambda _: 47}),
        (TOTAL, {"total": lambda _: 47}),
        (CURSOR, {"next": lambda page: page + 1 if page < 5 else None}),
        ("auto", {"next": lambda page: page + 1 if page < 5 else None}),
        (PAGES | {"total_path": "pages"}, {"pages": lambda _: 5}),
    ],
    ids=["nothing", "found total", "total", "cursor", "auto", "pages"],
)
@pytest.mark.parametrize(
    "lines", [lambda n: n % 4, lambda n: n % 9 or 1, lambda _: 2], ids=["some none", "any", "two"]
)
def test_lists_at_rest_are_proven_in_two_passes(
    paginator: object, beside: dict[str, Any], lines: Callable[[int], int]
) -> None:
    table = orders(47, lines)
    outcome = read(paged(table, **beside), paginator)
    part = outcome.stream("items")
    assert ids(outcome) == [line["id"] for order in table for line in order["lines"]]
    assert (part["verdict"], part["passes"]) == ("proven", 2), part["reasons"]


@pytest.mark.parametrize("none", [range(20, 60), range(30, 34)], ids=["pages", "some"])
def test_pages_whose_items_hold_no_record_are_read_and_counted(none: range) -> None:
    table = orders(75, lambda n: 0 if n in none else n % 4)
    outcome = read(paged(table, total=lambda _: 75), TOTAL)
    part = outcome.stream("items")
    assert ids(outcome) == [line["id"] for order in table for line in order["lines"]]
    assert (part["verdict"], part["passes"]) == ("proven", 2), part["reasons"]


def edited(table: Orders, **edits: Callable[[], None]) -> Callable[[dict[str, str]], Any]:
    """What sends a table, and edits it before the requests of these numbers: `at_3`."""
    asked = []

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        asked.append(query)
        edits.get(f"at_{len(asked)}", lambda: None)()
        return paged(table, total=lambda _: len(table))(query)

    return answer


@pytest.mark.parametrize("paginator", [PAGES, TOTAL], ids=["found total", "total"])
def test_a_new_item_does_not_stand_in_for_one_that_was_lost(paginator: object) -> None:
    """An order without lines goes, another comes, and what moved forward is read by pass 2."""
    table = orders(36)

    def edit() -> None:
        del table[0]
        table.append({"order": 99, "lines": [{"id": 990}]})

    outcome = read(edited(table, at_2=edit), paginator)
    part = outcome.stream("items")
    assert (part["verdict"], part["passes"]) == ("proven", 3)
    assert {line["id"] for order in table for line in order["lines"]} <= {*ids(outcome)}


def test_a_record_that_leaves_an_item_for_one_that_was_read_is_found() -> None:
    """No order comes or goes: only what is in them tells."""
    table = orders(36)

    def move() -> None:
        table[1]["lines"].append(table[35]["lines"].pop())

    outcome = read(edited(table, at_2=move), TOTAL)
    part = outcome.stream("items")
    assert (part["verdict"], part["passes"]) == ("proven", 3)
    assert "pass 2 did not find 1 items of pass 1" in part["reasons"]
    assert 352 in ids(outcome)


@pytest.mark.parametrize("paginator", [PAGES, TOTAL], ids=["found total", "total"])
def test_as_many_records_as_items_are_declared_prove_nothing(paginator: object) -> None:
    """40 orders with 42 lines: where one with two is lost, 40 lines come."""
    table = orders(40, lambda n: {0: 0, 10: 2, 20: 3}.get(n, 1))

    def edit() -> None:
        del table[0]
        table.append({"order": 99, "lines": []})

    outcome = read(edited(table, at_2=edit), paginator)
    assert (outcome.stream("items")["verdict"], outcome.stream("items")["passes"]) == ("proven", 3)
    assert {100, 101} <= {*ids(outcome)}


def test_a_total_of_items_on_one_page_is_none_of_records() -> None:
    table = orders(7, lambda n: int(n == 3))
    outcome = read(paged(table, total=lambda _: 7), TOTAL)
    part = outcome.stream("items")
    assert (part["verdict"], ids(outcome)) == ("proven", [30])
    schema = {"properties": {"order": {"type": "integer"}}}
    of_items = read(
        paged(table, total=lambda _: 7), TOTAL, "orders", primary_key="order", schema=schema
    )
    assert part["requests"] == of_items.stream("items")["requests"]


def test_equal_records_of_several_items_are_one() -> None:
    """As the tags of posts are."""
    table = orders(33)
    for order in table:
        order["lines"] = [{"id": 7, "text": "news"}]
    outcome = read(paged(table, total=lambda _: 33), TOTAL)
    part = outcome.stream("items")
    assert (part["error"], part["verdict"]) == (None, "proven"), part["reasons"]


@pytest.mark.parametrize("count", [7, 33])
def test_records_that_share_a_key_are_not_proven(count: int) -> None:
    """As lines that are numbered in each order."""
    table = orders(count)
    for order in table:
        order["lines"] = [{"id": 1, "text": f"of {order['order']}"}]
    part = read(paged(table, total=lambda _: count), TOTAL).stream("items")
    assert part["verdict"] == "not proven"
    assert "may share a key, of which a target keeps one" in part["reasons"][-1]


def test_items_that_are_another_with_each_request_are_not_proven() -> None:
    served = []

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        served.append(query)
        found = paged(orders(36))(query)["orders"]
        return {"orders": [order | {"served": len(served)} for order in found]}

    part = read(answer).stream("items")
    assert part["verdict"] == "not proven"
    assert "pass 3 did not find 36 items of pass 2" in part["reasons"]
    assert "a resource that selects the outer list alone" in part["reasons"][-1]


def test_pages_of_any_number_of_items_and_records_are_proven_by_a_total_only() -> None:
    """As where a server leaves items out of the pages that it has cut."""
    table = [order for order in orders(60) if order["order"] % 7]

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        page = int(query["page"])
        return {"orders": [each for each in table if each["order"] // SIZE == page - 1]}

    part = read(answer).stream("items")
    assert part["verdict"] == "not proven"
    assert "a resource that selects the outer list alone" in part["reasons"][-1]
    counted = read(lambda query: answer(query) | {"total": len(table)}, TOTAL)
    assert (counted.stream("items")["verdict"], counted.stream("items")["passes"]) == ("proven", 2)


def test_an_item_whose_list_says_that_it_is_cut_is_not_proven() -> None:
    table = orders(36)
    for order in table:
        order["lines"] = {"data": order["lines"], "has_more": order["order"] == 23}
    outcome = read(paged(table, total=lambda _: 36), TOTAL, "orders[*].lines.data[*]")
    part = outcome.stream("items")
    assert part["verdict"] == "not proven"
    assert "`lines.has_more` in a record of page 3" in part["reasons"][0]


@pytest.mark.parametrize("total", [{}, {"total": 70}], ids=["nothing", "total"])
def test_records_that_the_server_cuts_and_groups_are_counted_themselves(
    total: dict[str, int],
) -> None:
    """As events by day: each page has 20 events, of some days."""

    def answer(query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        start = (int(query["page"]) - 1) * 20
        days: dict[int, list[Any]] = {}
        for number in range(start, min(start + 20, 70)):
            days.setdefault(int(number**0.6), []).append({"id": number})
        return {"days": [{"day": day, "events": found} for day, found in days.items()], **total}

    outcome = read(answer, TOTAL if total else PAGES, "days[*].events[*]")
    assert (outcome.stream("items")["verdict"], ids(outcome)) == ("proven", [*range(70)])


@pytest.mark.parametrize(
    "key", [{"primary_key": None, "write_disposition": "append"}, {}], ids=["no key", "key"]
)
def test_records_are_sent_once(key: dict[str, Any]) -> None:
    table = orders(36)
    outcome = read(paged(table), PAGES, **key)
    assert ids(outcome) == [line["id"] for order in table for line in order["lines"]]
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize(("size", "verdict"), [(30, "not proven"), (31, "proven")])
def test_an_only_page_with_as_many_items_as_were_asked_for_may_not_be_all(
    size: int, verdict: str
) -> None:
    table = orders(30, lambda n: n % 4 or 2)
    endpoint = {
        "data_selector": "orders[*].lines[*]",
        "paginator": "auto",
        "params": {"limit": size},
    }
    part = read_list(lambda _: {"orders": table}, endpoint=endpoint, schema=SCHEMA).stream("items")
    assert part["verdict"] == verdict
    if verdict == "not proven":
        assert "59 records in 30 items, as many as a full one may" in part["reasons"][0]
