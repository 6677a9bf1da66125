"""`init-resource` asks whether an order and a filter are heeded, and writes what it found out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_analytics.sandbox import Sandbox
from tests.support.compatibility.endpoints import ROWS
from tests.support.compatibility.server import Request, Response, serving
from tests.support.harness import by_token, sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from pathlib import Path

ORDER = {
    "order_param": "ordering",
    "order_value": "last_modified_at",
    "order_value_desc": "-last_modified_at",
}
START = {"start_param": "last_modified_at_after"}
FIELD = {"cursor_path": "last_modified_at"}


def asked(api: Sandbox, tmp_path: Path, *arguments: str) -> tuple[dict[str, Any], list[str]]:
    """What `incremental` of the entry is, and the notes above it."""
    connection = by_token(api)
    ended = ask(tmp_path, connection, "--path", "/contracts", "--name", "deals", *arguments)
    assert ended.exit_code == 0, ended.output
    lines = [line.strip() for line in ended.stdout.splitlines()]
    place = next(n for n, line in enumerate(lines) if line.startswith("incremental:"))
    first = place - next(n for n, line in enumerate(lines[place - 1 :: -1]) if line[0] != "#")
    entry, *_ = yaml.safe_load(ended.stdout)["resources"]
    return entry, [line.removeprefix("# ") for line in lines[first:place]]


def test_an_order_and_a_filter_that_are_heeded_are_written_and_used(tmp_path: Path) -> None:
    forms = {"contracts": "iso"}  # In several forms keyset reading does not go by them.
    with Sandbox(rows={"contracts": 130}, edge_cases=False, time_formats=forms) as api:
        entry, notes = asked(api, tmp_path)
        assert entry["endpoint"]["incremental"] == FIELD | START | ORDER
        assert notes[1:] == [
            (
                "certain: `ordering=last_modified_at` and `ordering=-last_modified_at` brought the "
                "two ends of the list, each in its order"
            ),
            "certain: `last_modified_at_after` is heeded: nothing older came than was asked for",
        ]
        config = by_token(api)
        report = sync(config | {"resources": [entry]}, "deals").stream("deals")
    assert (report["read_by"], report["verdict"]) == ("keyset", "proven")


NOT_HEEDED: dict[str, tuple[str, dict[str, Any], dict[str, str], str]] = {
    "the order is ignored": ("ignore_order", {"by": "key"}, FIELD, "no order by"),
    "its direction is ignored": ("ignore_direction", {}, FIELD, "no order by"),
    "the order is refused": ("refuse_order", {"code": 400}, FIELD, "no order by"),
    "the filter is ignored": ("ignore_since", {}, FIELD | ORDER, "no filter by it was found"),
}


@pytest.mark.parametrize("obstacle", NOT_HEEDED)
def test_what_is_not_heeded_is_not_written_and_said(tmp_path: Path, obstacle: str) -> None:
    action, arguments, incremental, note = NOT_HEEDED[obstacle]
    with Sandbox(rows={"contracts": 130}, edge_cases=False) as api:
        api.fault(action, stream="contracts", **arguments)
        entry, notes = asked(api, tmp_path)
    assert entry["endpoint"]["incremental"] == incremental
    assert note in "\n".join(notes)
    assert notes[-1].startswith("name the parameter that asks for changes as `start_param`")


def test_a_filter_of_the_api_s_own_is_held_against_what_comes(tmp_path: Path) -> None:
    with Sandbox(rows={"contracts": 130}, edge_cases=False) as api:
        api.fault("ignore_since", stream="contracts")
        entry, notes = asked(api, tmp_path, "--api", "marketplace")
    assert entry["endpoint"]["incremental"] == FIELD | START | ORDER
    assert notes[-1] == (
        "guess: `last_modified_at_after` may not be heeded: a record is older than what was asked "
        "for"
    )


def test_a_list_on_one_page_tells_nothing_of_its_order(tmp_path: Path) -> None:
    with Sandbox(rows={"contracts": 10}, edge_cases=False) as api:
        entry, notes = asked(api, tmp_path)
    assert entry["endpoint"]["incremental"] == FIELD
    assert "no order was tried: one page held the whole list" in notes


def test_a_filter_that_leaves_everything_out_is_not_written(tmp_path: Path) -> None:
    """Some servers take a name that they do not know for a field that no record has."""

    def respond(request: Request) -> Response:
        known = {"page", "page_size", "ordering"}
        reverse = request.query.get("ordering", "").startswith("-")
        rows = sorted(ROWS, key=lambda row: str(row["updated_at"]), reverse=reverse)
        number, size = (int(request.query.get(name, 5)) for name in ("page", "page_size"))
        number = number if "page" in request.query else 1
        found = rows[(number - 1) * size : number * size]
        return Response(found if request.query.keys() <= known else [])

    with serving(respond) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/rows")
    (entry,) = yaml.safe_load(ended.stdout)["resources"]
    assert entry["endpoint"]["incremental"].keys() == {"cursor_path", *ORDER}
    assert "# no filter by it was found" in ended.stdout
