"""Runs `tap | target` again and again, each run in processes of its own that can be killed.

`python -m tests.support.pipelines duckdb` (or `postgres`) takes one JSON object per line: the
`tap` and `target` arguments, the file `out` for what the target writes, and, where the run is to be
killed, by which `signal`, and which `victim`: `tap`, `target` or `group`. It is killed when a line
`kill` comes. Each is answered with the exit statuses of both, and whether a victim still ran.
Everything is imported once, and every run is two forks in a process group of their own.
"""

from __future__ import annotations

import faulthandler
import io
import json
import os
import select
import signal
import sys
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 60.0
"""Seconds after which what is left of a killed run counts as hanging."""


def target_main(kind: str) -> Callable[[list[str]], None]:
    """The command of a target."""
    if kind == "duckdb":
        from target_duckdb_exact import main  # noqa: PLC0415  # the other one may not be there

        def load(arguments: list[str]) -> None:
            sys.argv[1:] = arguments
            main()

        return load
    from target_postgres.target import TargetPostgres  # noqa: PLC0415  # as above

    command: Callable[[list[str]], None] = TargetPostgres.cli
    return command


def start(
    main: Callable[[list[str]], None], arguments: list[str], group: int, files: list[int], ends: int
) -> int:
    """Start a command in a process of a group, and return its number.

    Args:
        main: The command.
        arguments: Its arguments.
        group: The process group; 0 begins one.
        files: Its standard input, output and error.
        ends: A pipe that is closed when the process ends.
    """
    child = os.fork()
    if child:
        # Here and there, as shells do: the group is there before the next process joins it.
        with suppress(OSError):
            os.setpgid(child, group)
        return child
    code = 1
    try:
        with suppress(OSError):
            os.setpgid(0, group)
        # As a shell starts them: whoever runs this may have been told to ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, file in enumerate(files):
            os.dup2(file, number)
        # Asked where it hangs, it answers into its log.
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        os.closerange(3, ends)
        os.closerange(ends + 1, 1_000)
        main(arguments)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001  # as the interpreter would
        traceback.print_exc()
    finally:
        os._exit(code)


def runs(child: int) -> bool:
    """Whether a child has not ended yet."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def run(
    tap_main: Callable[[list[str]], None], target: Callable[[list[str]], None], job: dict[str, Any]
) -> dict[str, Any]:
    """Run the pipeline once, and kill the victim when its time has come."""
    reads, writes = os.pipe()
    ended, ends = os.pipe()
    out = os.open(job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    log = os.open(f"{job['out']}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    tap = start(tap_main, job["tap"], 0, [nothing, writes, log], ends)
    loader = start(target, job["target"], tap, [reads, out, log], ends)
    for file in (reads, writes, ends, out, log, nothing):
        os.close(file)
    killed = False
    if ended not in select.select([ended, *([sys.stdin] if "victim" in job else [])], [], [])[0]:
        victims = {"tap": [tap], "target": [loader], "group": [tap, loader]}[job["victim"]]
        # The tap has often ended when its group is killed: the target is what is killed then.
        killed = any(map(runs, victims))
        kill = os.killpg if job["victim"] == "group" else os.kill
        kill(victims[0], signal.Signals[job["signal"]])
    hangs = not select.select([ended], [], [], LONGEST)[0]
    if hangs:
        os.killpg(tap, signal.SIGUSR1)
        time.sleep(1)
        os.killpg(tap, signal.SIGKILL)
    os.close(ended)
    tap_code, target_code = (
        os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in (tap, loader)
    )
    return {"killed": killed, "hangs": hangs, "tap": tap_code, "target": target_code}


def main() -> None:
    """Answer every line of the standard input."""
    # Once: each time it is made, the SDK adds another handler to the log.
    tap = TapAnalytics.cli
    target = target_main(sys.argv[1])
    # Unbuffered: what has come and was not read must be seen by `select`.
    lines = io.FileIO(sys.stdin.fileno(), closefd=False)
    while line := lines.readline():
        # The run that was to be killed had ended.
        if line != b"kill\n":
            print(json.dumps(run(tap, target, json.loads(line))), flush=True)  # noqa: T201  # its answer


if __name__ == "__main__":
    main()
