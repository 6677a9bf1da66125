"""Compiled modules for the tests, where Python may write none beside the sources.

Without them each worker, and each of some hundred processes, compiles the SDK again. They are in a
directory of this run. This file is read before the tests' own, which imports the SDK.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from tempfile import TemporaryDirectory

AT_THE_END = ExitStack()

# Workers inherit where to look.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    directory = AT_THE_END.enter_context(TemporaryDirectory(prefix="bytecode-"))
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = directory
    sys.dont_write_bytecode = False


def pytest_unconfigure() -> None:
    """Remove them."""
    AT_THE_END.close()
