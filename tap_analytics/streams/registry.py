"""The built-in streams, by API."""

from __future__ import annotations

import json
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tap_analytics.config.resource_settings import BuiltInStream
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


@cache
def built_in_streams() -> dict[str, BuiltInStream]:
    """What a configuration is checked against, by the name of the built-in stream."""
    return {
        stream.name: BuiltInStream(api, stream.path, partial(_fields, stream.name))
        for api, streams in BUILT_IN.items()
        for stream in streams
    }


def _fields(name: str) -> list[str]:
    return [*packaged_schema(name)["properties"]]


def packaged_schema(name: str) -> dict[str, Any]:
    """The JSON schema that the package holds for a built-in stream."""
    text = files("tap_analytics").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def of_api(api: str | None) -> list[type[AnalyticsStream]]:
    """The built-in stream classes of one API, or of both where none is named."""
    return [
        stream
        for family, streams in BUILT_IN.items()
        if api in {None, family}
        for stream in streams
    ]
