"""However a run ends, it ends quickly and in a sentence, and what went out is true."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected, only
from tests.support.killing import complete
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# As a shell starts it: whoever runs the tests may have been told to ignore SIGHUP, as under nohup.
PROGRAM = """
import signal
from tap_analytics.tap import TapAnalytics

signal.signal(signal.SIGHUP, signal.SIG_DFL)
TapAnalytics.cli()
"""
COMMAND = [sys.executable, "-c", PROGRAM]
QUICKLY = 10.0
"""Seconds: far less than the server lets the run wait, far more than an exit takes."""


@pytest.fixture
def start(sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts the tap on a server that answers page 3 of buyers only after a minute."""
    sandbox.fault("slow", stream="buyers", page=3, seconds=60)
    config = connected(
        sandbox,
        page_size=10,
        concurrency=2,
        report_path=str(tmp_path / "report.json"),
    )
    started: list[subprocess.Popen[bytes]] = []

    def run(stdout: Any = subprocess.PIPE, **settings: float) -> subprocess.Popen[bytes]:  # noqa: ANN401  # as Popen
        (tmp_path / "config.json").write_text(json.dumps(config | settings))
        process = subprocess.Popen(
            [*COMMAND, "--config", str(tmp_path / "config.json")],
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
        process.wait()


def first_record(process: subprocess.Popen[bytes]) -> list[bytes]:
    """Wait until records come out."""
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while b'"RECORD"' not in lines[-1]:
        assert lines[-1], "the run ended before its first record"
        lines.append(process.stdout.readline())
    return lines


def without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code, and what was said, of a run that ends by itself, and soon."""
    assert process.stderr is not None
    said = process.stderr.read().decode()
    return process.wait(QUICKLY), said


def reported(tmp_path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text())
    return report


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_at_once(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, number: signal.Signals
) -> None:
    process = start()
    lines = first_record(process)
    process.send_signal(number)
    assert process.stdout is not None
    rest = process.stdout.read()
    code, said = ended(process)
    assert code == 128 + number
    assert "Traceback" not in said
    assert f"stopped by signal {number.value}" in said
    messages = [json.loads(line) for line in b"".join([*lines, rest]).splitlines()]
    states = [message["value"] for message in messages if message["type"] == "STATE"]
    assert "replication_key_value" not in json.dumps(states), "nothing was proven yet"
    assert reported(tmp_path)["status"] == "failed"
    assert "stopped by signal" in reported(tmp_path)["error"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="/proc/self/fd is Linux's")
@pytest.mark.parametrize("progress_seconds", [10, 0.001], ids=["waiting", "logging"])
def test_a_signal_ends_a_run_whose_log_nobody_reads(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, progress_seconds: float
) -> None:
    """Whoever ends it may be who read its log: then no line of it goes out any more."""
    process = start(progress_seconds=progress_seconds)
    assert process.stderr is not None
    first_record(process)
    # Opened once more: the run's own writes still wait.
    with open(f"/proc/self/fd/{process.stderr.fileno()}", "wb", 0, opener=without_waiting) as pipe:
        while pipe.write(b"x" * 1024):
            pass
    process.send_signal(signal.SIGTERM)
    assert process.wait(QUICKLY) == 128 + signal.SIGTERM
    assert "stopped by signal" in reported(tmp_path)["error"]


def test_a_closed_pipe_ends_the_run_without_a_traceback(
    start: Callable[..., subprocess.Popen[bytes]], sandbox: Sandbox, tmp_path: Path
) -> None:
    """As `tap | head -1` closes it, and as a target that dies does."""
    sandbox.clear()
    process = start()
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    code, said = ended(process)
    assert code == 1
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert "the target closed the pipe" in said.lower()
    assert reported(tmp_path)["error"] == "the target closed the pipe"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_ends_the_run_in_a_sentence(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = ended(start(full))
    assert code == 1
    assert "Traceback" not in said
    assert "The output could not be written" in said
    assert "No space left on device" in said
    assert reported(tmp_path)["status"] == "failed"


@pytest.fixture
def killer() -> Iterator[Callable[..., int]]:
    """Runs the tap and kills it after some seconds."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.killing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as server:

        def run(out: Path, seconds: float | None, *arguments: str) -> int:
            job = {"arguments": arguments, "out": str(out), "seconds": seconds}
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(job).encode() + b"\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield run
        assert server.stdin is not None
        server.stdin.close()


@pytest.mark.parametrize("kills", [15, pytest.param(500, marks=pytest.mark.slow)])
def test_killed_at_any_instant_and_started_again_every_row_arrives(
    tmp_path: Path, killer: Callable[..., int], kills: int
) -> None:
    """Many kills: from the start, up to five times within a run, then a run that may end."""
    streams = ("buyers", "listings")
    chance = random.Random(5)  # noqa: S311  # instants, not secrets
    config, state, out = tmp_path / "config.json", tmp_path / "state.json", tmp_path / "out"
    catalog = tmp_path / "catalog.json"
    arguments = ("--config", str(config), "--state", str(state), "--catalog", str(catalog))
    killed = moved = 0
    with Sandbox(rows=dict.fromkeys(streams, 50), seed=2) as api:
        api.fault("slow", times=None, seconds=0.003)
        settings = connected(api, page_size=10, concurrency=2)
        config.write_text(json.dumps(settings))
        catalog.write_text(json.dumps(only(*streams, config=settings)))
        state.write_text("{}")
        assert killer(out, None, *arguments) == 0, "the first one also imports the tap"
        began = time.monotonic()
        assert killer(out, None, *arguments) == 0
        takes = time.monotonic() - began
        whole = received(complete(out))
        assert whole.keys() == {(name, row["id"]) for name in streams for row in api.rows(name)}
        for _ in range(5):
            out.write_text('{"of": "the run before"}\n')
            killer(out, 0, *arguments)
            assert "of" not in next(iter(complete(out)), {}), "no kill is too early to begin anew"
        # On a busy machine few runs come as far as a state: then there are more of them.
        while killed < kills or moved <= 10:  # what is asserted below
            held: dict[tuple[str, str], dict[str, Any]] = {}
            state.write_text("{}")
            for attempt in range(6):
                seconds = None if attempt == 5 else chance.uniform(0, takes * 0.9)
                code = killer(out, seconds, *arguments)
                killed += code == -signal.SIGKILL
                messages = complete(out)
                held |= received(messages)
                for message in messages:
                    if message["type"] == "STATE":
                        moved += "replication_key_value" in json.dumps(message)
                        state.write_text(json.dumps(message["value"]))
            assert code == 0, Path(f"{out}.log").read_text()[-2000:]
            assert held == whole
    assert moved > 10, "some were killed with a state behind them"


def received(messages: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """What a target that merges by key makes of some messages."""
    return {
        (message["stream"], message["record"]["id"]): message["record"]
        for message in messages
        if message["type"] == "RECORD"
    }
