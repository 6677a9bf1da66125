"""The sandbox that the tests of `http` read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """An API with three pages of ten per stream, or with as many records as a module's `ROWS`."""
    rows = getattr(request.module, "ROWS", 25)
    with Sandbox(rows=dict.fromkeys(STREAMS, rows)) as api:
        yield api
