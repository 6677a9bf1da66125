"""One stream's trouble stays its own; everyone's trouble ends the run at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.harness import connected_by_pages as connected
from tests.support.harness import sync

if TYPE_CHECKING:
    from pathlib import Path

    from tap_analytics.sandbox import Sandbox

COMMAND = [sys.executable, "-c", "from tap_analytics.tap import TapAnalytics as T; T.cli()"]
FINE = {"listings", "contracts", "opportunities", "private_offers"}


def test_the_others_go_on_and_their_state_is_out(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, times=None, code=500)
    outcome = sync(connected(sandbox, read_by="pages"), "buyers", *FINE)
    assert outcome.error is not None
    assert outcome.stream("buyers")["status"] == "failed"
    assert {outcome.stream(name)["status"] for name in FINE} == {"succeeded"}
    for name in FINE:
        assert len(outcome.records(name)) == len(sandbox.rows(name))
        assert "replication_key_value" in outcome.state["bookmarks"][name]
    assert "replication_key_value" not in outcome.state["bookmarks"].get("buyers", {})


def test_the_last_line_names_what_failed_and_what_is_proven(sandbox: Sandbox) -> None:
    sandbox.fault("status", stream="buyers", page=2, times=None, code=500)
    sandbox.fault("records", stream="contracts", times=None, how="null")
    outcome = sync(connected(sandbox, read_by="pages"), "buyers", *FINE)
    failed, _, proven = outcome.log[-1].partition("; proven: ")
    assert failed.endswith(("; failed: buyers, contracts", "; failed: contracts, buyers"))
    assert set(proven.split(", ")) == FINE - {"contracts"}


def test_a_failed_stream_can_be_read_by_the_next_run(sandbox: Sandbox) -> None:
    config = connected(sandbox, read_by="pages")
    sandbox.fault("status", stream="buyers", page=2, times=None, code=500)
    first = sync(config, "buyers", "listings")
    sandbox.clear()
    second = sync(config, "buyers", "listings", state=first.state)
    assert second.error is None
    assert {row["id"] for row in second.records("buyers")} == {
        row["id"] for row in sandbox.rows("buyers")
    }
    assert len(second.records("listings")) <= 2, "it goes on from its own bookmark"


def test_a_failed_stream_keeps_the_bookmark_it_came_with(sandbox: Sandbox) -> None:
    before = sync(connected(sandbox), "buyers").state
    sandbox.touch("buyers", 3, 4)
    sandbox.fault("truncate", stream="buyers", times=None, keep=0.5)
    after = sync(connected(sandbox), "buyers", "listings", state=before).state
    assert after["bookmarks"]["buyers"] == before["bookmarks"]["buyers"]


def test_a_wrong_secret_ends_the_run_at_once(sandbox: Sandbox) -> None:
    outcome = sync(connected(sandbox) | {"client_secret": "mistyped"})
    assert outcome.error is not None
    assert len(sandbox.requests) == 1, "one request for a token, and none for any stream"
    assert outcome.records("buyers") == []
    assert "proven:" not in outcome.log[-1]
    assert outcome.report["verdict"] == "not proven"
    assert "`client_secret`" in outcome.report["error"]
    assert "mistyped" not in json.dumps(outcome.report) + "".join(outcome.log)


def test_the_command_exits_with_1_and_no_traceback(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault("error_200", stream="buyers", times=None)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(connected(sandbox)))
    run = subprocess.run(
        [*COMMAND, "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    last = run.stderr.strip().splitlines()[-1]
    assert "failed: buyers; proven: " in last
    states = [json.loads(line) for line in run.stdout.splitlines() if '"STATE"' in line]
    assert {"listings", "contracts"} <= states[-1]["value"]["bookmarks"].keys()
