"""Programs that uv fetches into environments of their own: the tests' own cannot have them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

UV = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
JSONL = ("target-jsonl~=0.1.4", "target-jsonl")
_UNREACHABLE = re.compile(r"Failed to fetch|network was disabled|was not found in the cache")


@cache
def fetched(requirement: str, program: str) -> list[str]:
    """Return the command of a program.

    Args:
        requirement: What is fetched, with its version.
        program: The program of it.

    Raises:
        Skipped: uv is not here, or reaches nothing that it could fetch it from.
    """
    if UV is None:
        pytest.skip(f"uv is not installed: it fetches {program}")
    command = [UV, "tool", "run", "-q", "--from", requirement]
    tried = subprocess.run(
        [*command, "python", "-c", ""],
        env=os.environ | {"UV_HTTP_RETRIES": "0"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if tried.returncode and _UNREACHABLE.search(tried.stderr):
        pytest.skip(f"uv cannot fetch {program}: it reaches no package index")
    return [*command, program]
