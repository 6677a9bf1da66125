"""The built-in streams, by API."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tap_analytics.streams import accounting, marketplace

if TYPE_CHECKING:
    from tap_analytics.client import AnalyticsStream

BUILT_IN: dict[str, tuple[type[AnalyticsStream], ...]] = {
    "accounting": (accounting.BankTransactions, accounting.Contacts),
    "marketplace": (
        marketplace.Buyers,
        marketplace.Listings,
        marketplace.Contracts,
        marketplace.Opportunities,
        marketplace.PrivateOffers,
        marketplace.MarketplaceDisbursements,
    ),
}
"""The stream classes of each value of the setting `api`."""


@cache
def by_name() -> dict[str, type[AnalyticsStream]]:
    """The built-in stream classes by the names of their streams."""
    return {stream.name: stream for streams in BUILT_IN.values() for stream in streams}


@cache
def apis_by_stream() -> dict[str, str]:
    """The API of each built-in stream, by the stream's name."""
    return {stream.name: api for api, streams in BUILT_IN.items() for stream in streams}


def of_api(api: str | None) -> list[type[AnalyticsStream]]:
    """The built-in stream classes of one API, or of both where none is named."""
    return [
        stream
        for family, streams in BUILT_IN.items()
        if api in {None, family}
        for stream in streams
    ]
