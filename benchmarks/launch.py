"""Run a pipeline of commands and measure the processes, seen from outside.

A process of its own, and small: Linux counts the memory of the process that starts a program
towards that program's peak. Reads a job as JSON from standard input, writes the result as JSON
to standard output. Imports nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def run(commands: list[list[str]], output: str, errors: str) -> dict[str, object]:
    """Run the commands as a pipe; the last one writes to the file `output`.

    Returns wall seconds, the CPU seconds of each process (all threads and children), its peak of
    resident bytes and its exit code.
    """
    processes: list[subprocess.Popen[bytes]] = []
    with open(output, "wb") as out, open(errors, "wb") as log:  # noqa: PTH123 - pathlib is memory
        start = time.perf_counter()
        stdin: int | None = subprocess.DEVNULL
        for index, command in enumerate(commands):
            last = index == len(commands) - 1
            process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
                command, stdin=stdin, stdout=out if last else subprocess.PIPE, stderr=log
            )
            if processes and processes[-1].stdout is not None:
                processes[-1].stdout.close()
            processes.append(process)
            stdin = process.stdout.fileno() if process.stdout is not None else None
        cpus, peaks, codes = [], [], []
        for process in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpus.append(usage.ru_utime + usage.ru_stime)
            peaks.append(usage.ru_maxrss * 1024)
            codes.append(process.returncode)
        wall = time.perf_counter() - start
    return {"wall": wall, "cpus": cpus, "peaks": peaks, "codes": codes}


if __name__ == "__main__":
    json.dump(run(**json.load(sys.stdin)), sys.stdout)
