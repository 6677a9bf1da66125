"""What every test has at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small API of its own for one test, with 250 rows a stream."""
    with Sandbox(rows=dict.fromkeys(STREAMS, 250), seed=1) as api:
        yield api
