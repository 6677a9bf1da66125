"""What every test has at hand."""

from __future__ import annotations

import gc
import logging
import os
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from tap_analytics.sandbox import Sandbox
from tap_analytics.tap import TapAnalytics
from tests.support.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

# A busy machine is no failure: how long an example takes, and the making of it, says nothing.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Let the processes that tests start find compiled modules, where none may be written.

    Without them each of some hundred processes compiles the SDK again. They are in a directory of
    this run, and nothing is written beside the sources.
    """
    if not os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        return
    directory = TemporaryDirectory(prefix="bytecode-")
    os.environ["PYTHONPYCACHEPREFIX"] = directory.name
    config.add_cleanup(directory.cleanup)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest."""
    items.sort(key=lambda item: item.get_closest_marker("dear") is None)


def pytest_collection_finish() -> None:
    """Look no more through the tests and libraries that are loaded by now when memory is freed."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small API of its own for one test, with 250 rows a stream."""
    with Sandbox(rows=dict.fromkeys(STREAMS, 250), seed=1) as api:
        yield api


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """The same command in this process, for what needs no process of its own."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    for name in os.environ:
        if name.startswith("TAP_ANALYTICS_"):
            monkeypatch.delenv(name)

    def run(*arguments: str, **variables: str) -> Result:
        return CliRunner().invoke(TapAnalytics.get_singer_command(), arguments, env=variables)

    yield run
    logging.captureWarnings(capture=False)
