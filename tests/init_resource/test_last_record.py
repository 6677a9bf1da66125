"""The ID of a page's last record is the cursor where the API is seen to go on behind a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.init_resource.last_record import id_fields
from tests.support.asked_entry import TABLE, Asked, before, of_size
from tests.support.compatibility.server import Response

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.asked_entry import Cut, Rows


def behind(rows: Rows, query: dict[str, str], param: str, *, own: bool = False) -> Rows:
    """The records behind one, as the table has them; with `own` from that one on."""
    found = [place for place, row in enumerate(rows) if str(row["id"]) == query.get(param)]
    return rows[found[0] + (not own) :] if found else ([] if param in query else rows)


def stripe(rows: Rows, query: dict[str, str], *, own: bool = False) -> object:
    """Stripe's way; its IDs are in no order."""
    shuffled = [{"id": f"ch_{row['id'] * 7919 % 331:03}", "n": row["id"]} for row in rows]
    left, size = behind(shuffled, query, "starting_after", own=own), of_size(query, "limit", 10)
    return {"object": "list", "data": left[:size], "has_more": len(left) > size}


def stripe_refusing(rows: Rows, query: dict[str, str]) -> object:
    """As Stripe does, which knows its parameters."""
    if unknown := {*query} - {"limit", "starting_after"}:
        return Response({"error": {"message": f"unknown {unknown}"}}, 400)
    return stripe(rows, query)


def unsized(rows: Rows, query: dict[str, str]) -> object:
    return stripe(rows, {name: value for name, value in query.items() if name != "limit"})


@pytest.mark.parametrize("cut", [stripe, stripe_refusing, unsized])
def test_a_flag_and_an_id_that_leads_on_are_written(tmp_path: Path, cut: Cut) -> None:
    asked = Asked(tmp_path, cut)
    size = {} if cut is unsized else {"limit": 100, "limit_param": "limit"}
    assert asked.endpoint["paginator"] == {
        "type": "cursor",
        **size,
        "cursor_path": "data[-1].id",
        "cursor_param": "starting_after",
        "has_more_path": "has_more",
    }
    assert "# likely: asked with the ID of a record, as `starting_after`, the list" in asked.text
    assert asked.verdict == (len(TABLE), "proven")


def ignoring(rows: Rows, query: dict[str, str]) -> object:
    return stripe(rows, {name: query[name] for name in query if name != "starting_after"})


def inclusive(rows: Rows, query: dict[str, str]) -> object:
    """It begins with the record itself: such a list would never end."""
    return stripe(rows, query, own=True)


def filtering(rows: Rows, query: dict[str, str]) -> object:
    """No record has such a value in the field of that name."""
    return {"data": [], "has_more": False} if "starting_after" in query else stripe(rows, query)


def of_another_order(rows: Rows, query: dict[str, str]) -> object:
    """The list is in the order of its IDs only where it is asked for behind one."""
    if "starting_after" not in query:
        return stripe(rows, query)
    ordered = sorted(f"ch_{row['id'] * 7919 % 331:03}" for row in rows)
    left = [{"id": each} for each in ordered if each > query["starting_after"]]
    return {"data": left[: of_size(query, "limit", 10)], "has_more": len(left) > 10}


def beginning_again(rows: Rows, query: dict[str, str]) -> object:
    """It knows the first nine records only, and takes any other one for none."""
    known = any(
        f"ch_{number * 7919 % 331:03}" == query.get("starting_after") for number in range(10)
    )
    return (stripe if known else ignoring)(rows, query)


WRONG = [ignoring, inclusive, filtering, of_another_order, beginning_again]


@pytest.mark.parametrize("cut", WRONG)
@pytest.mark.parametrize("named", [(), ("--cursor-param", "starting_after")], ids=["", "named"])
def test_what_does_not_go_on_behind_a_record_is_not_written(
    tmp_path: Path, cut: Cut, named: tuple[str, ...]
) -> None:
    asked = Asked(tmp_path, cut, *named)
    assert "paginator" not in asked.endpoint
    assert asked.verdict == (asked.read, "not proven")
    assert ("it does not go on behind that one" in asked.text) == bool(named)


def trello(rows: Rows, query: dict[str, str]) -> Rows:
    return before(rows, query)


def discord(rows: Rows, query: dict[str, str]) -> Rows:
    """One member where nobody asks for more; the ID is that of the user."""
    members: Rows = [{"nick": None, "user": {"id": str(10**17 + row["id"])}} for row in rows]
    left = [each for each in members if int(each["user"]["id"]) > int(query.get("after", 0))]
    return left[: of_size(query, "limit", 1)]


def slack(rows: Rows, query: dict[str, str]) -> object:
    """The newest first, up to a time that nobody shares."""
    found = [{"ts": f"17000{row['id']:05}.0001", "text": "hi"} for row in reversed(rows)]
    left = [each for each in found if each["ts"] < query.get("latest", "9")]
    size = of_size(query, "limit", 100)
    return {"ok": True, "messages": left[:size], "has_more": len(left) > size}


@pytest.mark.parametrize(
    ("cut", "arguments", "path"),
    [
        (trello, ("--cursor-param", "before"), "$[-1].id"),
        (discord, ("--cursor-param", "after"), "$[-1].user.id"),
        (discord, ("--cursor-param", "after", "--param", "after=0"), "$[-1].user.id"),
        (slack, ("--cursor-param", "latest"), "messages[-1].ts"),
    ],
    ids=["Trello", "Discord", "Discord from 0", "Slack"],
)
def test_a_parameter_that_the_user_names_is_tried_and_written(
    tmp_path: Path, cut: Cut, arguments: tuple[str, ...], path: str
) -> None:
    asked = Asked(tmp_path, cut, *arguments)
    paginator = asked.endpoint["paginator"]
    assert (paginator["type"], paginator["cursor_path"]) == ("cursor", path)
    assert paginator["cursor_param"] == arguments[1]
    assert asked.endpoint.get("params") == ({"after": "0"} if "--param" in arguments else None)
    assert asked.verdict == (len(TABLE), "proven")


def test_a_list_of_one_page_shows_that_it_goes_on_too(tmp_path: Path) -> None:
    asked = Asked(tmp_path, trello, "--cursor-param", "before", now=TABLE[:7])
    assert asked.endpoint["paginator"]["cursor_path"] == "$[-1].id"
    assert asked.verdict == (len(TABLE), "proven")
    few = Asked(tmp_path, trello, "--cursor-param", "before", now=TABLE[:2])
    assert "paginator" not in few.endpoint, "one record that follows may be chance"


@pytest.mark.parametrize(
    ("cut", "place"), [(trello, "'$[-1].id'"), (ignoring, "'data[-1].id'")], ids=["Trello", "other"]
)
def test_what_is_not_found_is_told_in_a_comment(tmp_path: Path, cut: Cut, place: str) -> None:
    asked = Asked(tmp_path, cut)
    assert "paginator" not in asked.endpoint
    told = f"{{type: cursor, cursor_path: {place}, cursor_param: NAME}}"
    (line,) = [line for line in asked.text.splitlines() if told in line]
    assert line.lstrip().startswith("# ")
    assert "--cursor-param NAME tries" in line


def test_ids_are_called_like_one_and_differ() -> None:
    records: list[dict[str, Any]] = [
        {"user_id": 1, "id": 5, "name": "a", "same_id": 1, "flag_id": True, "user": {"id": "x"}},
        {"user_id": 2, "id": 6, "name": "b", "same_id": 1, "flag_id": False, "user": {"id": "y"}},
    ]
    assert id_fields(records) == ["id", "user_id", "user.id"]
    assert id_fields([*records, {"user_id": 2}]) == []
    assert id_fields([]) == []
