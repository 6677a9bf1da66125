"""What tests of the sandbox have at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox_client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.sandbox import Sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    """A client of the sandbox of the test's own file."""
    with Client(sandbox) as client:
        yield client
