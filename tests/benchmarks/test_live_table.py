"""The benchmarks of live tables: they count what is lost, and write what they measured."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks import live_table, single_pass
from benchmarks.live_table import Reader
from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OFFERS = live_table.OFFERS


def test_a_table_is_read_while_it_is_edited_and_a_page_says_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_table, "RUNS", 1)
    monkeypatch.setattr(live_table, "QUIET_RUNS", 1)
    arguments = ["--rows", "60", "--rates", "5", "--orders", "key", "--docs", str(tmp_path)]
    arguments += ["--kept", str(tmp_path / "kept.json")]
    program = "tap-analytics, keyset"
    monkeypatch.setattr(sys, "argv", ["live_table", *arguments, "--programs", program])
    live_table.main()
    (tmp_path / "live-tables.md").unlink()
    monkeypatch.delattr(live_table, "_read")
    live_table.main()
    page = (tmp_path / "live-tables.md").read_text(encoding="utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith("| 5 |"))
    _, rate, order, read_by, lost, proven, requests, _ = (cell.strip() for cell in line.split("|"))
    assert (rate, order, read_by) == ("5", "key", program)
    assert (lost, proven) == ("0", "1 of 1")
    assert int(requests) > 3
    assert f"--rows 60 --page-size 20 --rates 5 --orders key --programs '{program}'`" in page


def test_a_row_that_never_came_or_is_old_is_lost(tmp_path: Path) -> None:
    with Sandbox(rows={OFFERS: 5}, edge_cases=False, time_formats={OFFERS: "iso"}) as api:
        reader = Reader(api, tmp_path, 20)
        reader.held = {row["id"]: live_table._modified(row) for row in api.rows(OFFERS)}
        assert reader.lost() == 0
        reader.held.popitem()
        assert reader.lost() == 1
        api.touch(OFFERS, 0)
        assert reader.lost() == 2


def test_the_server_of_rows_sorts_filters_and_says_what_follows() -> None:
    since = (single_pass.EPOCH + timedelta(seconds=4)).isoformat()
    asked = {"last_modified_at_after": since, "page_size": "2"}
    first, second = (single_pass.row(place) for place in (4, 5))
    assert single_pass.page(8, asked) == f'{{"count":4,"next":"more","results":[{first},{second}]}}'
    assert single_pass.row(7) in single_pass.page(8, asked | {"page": "2"})
    assert '"next":null' in single_pass.page(8, asked | {"page": "2"})
    last, before = (single_pass.row(place) for place in (7, 6))
    reverse = single_pass.page(8, asked | {"ordering": "-last_modified_at"})
    assert reverse.endswith(f"[{last},{before}]}}")
