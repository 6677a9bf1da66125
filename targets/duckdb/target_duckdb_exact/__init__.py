"""target-duckdb, with every row of every batch in its table, and every name quoted.

It takes the configuration and the input of target-duckdb 0.8.0, and makes the same tables and
columns. What it does otherwise, and why, is in the README.md beside it. Run it as
`target-duckdb-exact`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from target_duckdb.logger import get_logger

from .database import opened
from .exceptions import TargetError
from .messages import Loader

__version__ = "0.2.0"


def main() -> None:
    """Load the messages of the standard input; the states that are reached go to the output."""
    parser = argparse.ArgumentParser(prog="target-duckdb-exact", description=__doc__)
    parser.add_argument("-c", "--config", type=Path, help="the configuration, a JSON file")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    path = parser.parse_args().config
    logger = get_logger("target_duckdb")
    try:
        config = json.loads(path.read_text(encoding="utf-8")) if path else {}
        with opened(config) as database:
            Loader(database, config, sys.stdout).load(sys.stdin.buffer)
    except TargetError as error:
        logger.critical("%s", error)
        sys.exit(1)
