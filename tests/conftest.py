"""What every test has at hand."""

from __future__ import annotations

import gc
import logging
import os
import sys
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


@pytest.hookimpl(trylast=True)  # what is not to run is gone by then
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with some of the tests that take longest, a file's with the same one.

    `--dist worksteal` cuts the tests into as many even parts as there are workers.
    """
    workers: int = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    dear = [item for item in items if item.get_closest_marker("dear")]
    files = list(dict.fromkeys(item.path for item in dear))
    others = [item for item in items if item not in dear]
    ordered: list[pytest.Item] = []
    for number in range(workers):
        first = [item for item in dear if item.path in files[number::workers]]
        size = max(0, (len(items) - len(ordered)) // (workers - number) - len(first))
        ordered += first + others[:size]
        del others[:size]
    items[:] = ordered


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
