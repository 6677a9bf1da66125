"""What every test has at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small API of its own for one test, with 250 rows a stream."""
    streams = (
        "bank_transactions",
        "contacts",
        "buyers",
        "listings",
        "contracts",
        "opportunities",
        "private_offers",
        "analytics_marketplace_disbursements",
    )
    with Sandbox(rows=dict.fromkeys(streams, 250), seed=1) as api:
        yield api
