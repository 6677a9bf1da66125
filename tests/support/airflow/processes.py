"""The processes that a cluster is made of, and how to kill one with all below it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def wait_for(what: str, condition: Callable[[], bool], seconds: float) -> float:
    """Wait until a condition holds; return the seconds that took.

    Raises:
        TimeoutError: It did not come to hold.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            message = f"{what}: not within {seconds:.0f} seconds"
            raise TimeoutError(message)
        time.sleep(0.1)
    return time.monotonic() - began


def answers(port: int) -> bool:
    """Return whether somebody listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def redis() -> Iterator[int]:
    """Start Redis, which keeps nothing on disk; the port it listens on."""
    port = free_port()
    program = shutil.which("redis-server")
    if program is None:
        message = "Redis is not installed (Debian: apt-get install redis-server)"
        raise RuntimeError(message)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as process:
        try:
            wait_for("Redis", lambda: answers(port), 30)
            yield port
        finally:
            process.terminate()


def _stat(pid: int) -> list[str]:
    # The name of the program, in parentheses, may hold spaces.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """Return a process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
    found, below = [], [root]
    while below:
        found.append(below.pop())
        below += [pid for pid, parent in parents.items() if parent == found[-1]]
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a process, of all below it, and of those below it that have ended."""
    ticks = 0
    for pid in tree(root):
        with contextlib.suppress(OSError):
            ticks += sum(int(number) for number in _stat(pid)[11:15])
    return ticks / TICKS


def runs(root: int, program: str) -> bool:
    """Return whether a program runs below a process."""
    for pid in tree(root):
        with contextlib.suppress(OSError):
            if program.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
    return False


def kill_tree(root: int) -> int:
    """Kill a process and all below it at once, as the loss of a machine would; return how many."""
    found = tree(root)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
    return len(found)


@contextmanager
def started(
    name: str, command: list[str], environment: Mapping[str, str], logs: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process whose output goes to a log; at the end it and all below it are killed."""
    with (
        (logs / f"{name}.log").open("wb") as log,
        subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield process
        finally:
            kill_tree(process.pid)
