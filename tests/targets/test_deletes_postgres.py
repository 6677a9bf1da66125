"""Rows deleted at the source disappear from PostgreSQL, and only after a proven pass.

The Meltano target and a real server, started for these tests on a free port.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected_by_pages as connected
from tests.support.harness import sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STREAM = "analytics_marketplace_disbursements"
USER = "loader"
LOADER = """
import os, sys
from target_postgres.target import TargetPostgres
for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        TargetPostgres.cli(["--config", sys.argv[1], "--input", sys.argv[2]])
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""The target's own command, once for each line; a fork each, for the target is slow to import."""


def program(name: str) -> str | None:
    """Where a program of the server is: Debian keeps them out of the search path."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(places[-1]) if places else None)


def as_ordinary_user(*command: str) -> list[str]:
    """A command as somebody who is not root: the server refuses to run as root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    """The target's settings for a server that lives as long as this file's tests."""
    initdb, server, psql = program("initdb"), program("postgres"), program("psql")
    if not (initdb and server and psql):
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # Not below pytest's folder: nobody but its owner may look into that.
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
        yield from running(initdb, server, directory)


def running(initdb: str, server: str, directory: Path) -> Iterator[dict[str, Any]]:
    """The target's settings for a server in this directory, stopped when they are done with."""
    data = directory / "data"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--auth=trust", f"--username={USER}", "--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run(
        as_ordinary_user(initdb, f"--pgdata={data}", *options), check=True, capture_output=True
    )
    command = [server, "-D", str(data), "-p", str(port), "-k", str(directory), "-F"]
    with subprocess.Popen(
        as_ordinary_user(*command, "-c", "listen_addresses=127.0.0.1"),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            # It says itself when it is ready; a server that fails to start closes the pipe.
            if not any("ready to accept connections" in line for line in process.stderr):
                pytest.fail("PostgreSQL did not start.")
            yield {"host": "127.0.0.1", "port": port, "user": USER, "database": "postgres"}
        finally:
            # The fast shutdown: SIGTERM would wait for clients to leave.
            process.send_signal(signal.SIGINT)


@pytest.fixture
def load(database: dict[str, Any], tmp_path: Path) -> Iterator[Callable[[bytes], None]]:
    """Loads what a run of the tap wrote."""
    settings = {
        **database,
        "password": "any: the server trusts this machine",
        "default_target_schema": "loaded",
        "hard_delete": True,
    }
    config, messages = tmp_path / "target.json", tmp_path / "messages"
    config.write_text(json.dumps(settings))
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", LOADER, str(config), str(messages)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as loader,
    ):
        assert loader.stdin is not None
        assert loader.stdout is not None
        ask, answer = loader.stdin, loader.stdout

        def into_postgres(written: bytes) -> None:
            messages.write_bytes(written)
            ask.write(b"\n")
            ask.flush()
            assert answer.readline() == b"0\n", (tmp_path / "log").read_text()[-2000:]

        yield into_postgres
        ask.close()


def held(database: dict[str, Any]) -> set[str]:
    """The keys in the table."""
    where = ["-h", database["host"], "-p", str(database["port"]), "-U", USER, "-d", "postgres"]
    query = f"table loaded.{STREAM}"
    command = [str(program("psql")), "-At", *where, "-c", f"copy ({query}) to stdout csv header"]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return {row["id"] for row in csv.DictReader(io.StringIO(answer.stdout))}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An API with few rows: the target takes longer over one than the tap."""
    with Sandbox(rows={STREAM: 40, "buyers": 40}, seed=1) as api:
        yield api


def there(sandbox: Sandbox) -> set[str]:
    return {row["id"] for row in sandbox.rows(STREAM)}


def test_rows_deleted_at_the_source_disappear_but_not_because_of_a_broken_run(
    sandbox: Sandbox, database: dict[str, Any], load: Callable[[bytes], None]
) -> None:
    config = connected(sandbox, page_size=10, emit_activate_version_messages=True)
    first = sync(config, STREAM)
    load(first.raw)
    assert held(database) == there(sandbox)

    before = there(sandbox)
    sandbox.delete(STREAM, 3, 14, 33)
    sandbox.fault("status", stream=STREAM, page=3, times=None, code=500)
    broken = sync(config, STREAM)
    assert broken.error is not None
    load(broken.raw)
    assert held(database) == before, "a run that broke in the middle removes nothing"

    sandbox.clear()
    whole = sync(config, STREAM)
    load(whole.raw)
    assert held(database) == there(sandbox)
    assert len(there(sandbox)) == 37


def test_the_target_is_told_after_the_last_record_of_a_proven_pass_and_not_otherwise(
    sandbox: Sandbox,
) -> None:
    config = connected(sandbox, page_size=10, emit_activate_version_messages=True, concurrency=1)
    proven = sync(config, STREAM, "buyers")
    told = [number for number, m in enumerate(proven.messages) if m["type"] == "ACTIVATE_VERSION"]
    records = [
        number
        for number, message in enumerate(proven.messages)
        if message["type"] == "RECORD" and message["stream"] == STREAM
    ]
    assert len(told) == 1, "only a stream that is read in full knows what is gone"
    assert told[0] > records[-1]
    versions = {proven.messages[number]["version"] for number in records}
    assert versions == {proven.messages[told[0]]["version"]}

    for number in range(1, 4):
        sandbox.edit(STREAM, page=2, nth=number, delete=[0], insert=[None])
    moving = sync(config, STREAM)
    assert moving.stream(STREAM)["verdict"] == "not proven"
    assert moving.of("ACTIVATE_VERSION") == []
    assert (
        sync(config | {"emit_activate_version_messages": False}, STREAM).of("ACTIVATE_VERSION")
        == []
    )
