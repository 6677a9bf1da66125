"""Many runs of the guard into one database, in a process of its own: its log is not the tests'.

`python -m tests.support.duckdb_runs CONFIG` takes a list of messages a line, as JSON. Each is a run
of its own, and is answered with a line: the sentence of its error or null, and what it wrote.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from target_duckdb_exact.database import opened
from target_duckdb_exact.exceptions import TargetError
from target_duckdb_exact.messages import Loader


def main() -> None:
    """Answer every line of the standard input."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with opened(config) as database:
        for line in sys.stdin:
            output, error = io.StringIO(), None
            lines = [json.dumps(message).encode() for message in json.loads(line)]
            try:
                Loader(database, config, output).load(lines)
            except TargetError as refused:
                error = str(refused)
            print(json.dumps([error, output.getvalue()]))  # noqa: T201  # its answer


if __name__ == "__main__":
    main()
