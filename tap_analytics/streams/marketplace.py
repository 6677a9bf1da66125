"""The marketplace API: who buys what, on which terms, and what was paid out."""

from __future__ import annotations

from tap_analytics.client import AnalyticsStream
from tap_analytics.http.retry import RetryPolicy


class MarketplaceStream(AnalyticsStream):
    """What the marketplace API's resources have in common."""

    data_selector = "results"
    primary_keys = ("id",)
    replication_key: str | None = "last_modified_at"
    start_param: str | None = "last_modified_at_after"
    learns_start_format = False
    order_param = "ordering"
    time_order = ("last_modified_at", "-last_modified_at")
    key_order = ("id", "-id")
    total_path = "count"
    next_path = "next"
    retry_policy = RetryPolicy(frozenset({429, 500, 502, 503, 504}), backoff_factor=2)


class Buyers(MarketplaceStream):
    """Companies that buy through a cloud marketplace."""

    name = "buyers"
    path = "/buyers"


class Listings(MarketplaceStream):
    """Products on offer."""

    name = "listings"
    path = "/listings"


class Contracts(MarketplaceStream):
    """Agreements between a buyer and the seller."""

    name = "contracts"
    path = "/contracts"


class Opportunities(MarketplaceStream):
    """Deals that are being worked on together with a cloud."""

    name = "opportunities"
    path = "/opportunities"


class PrivateOffers(MarketplaceStream):
    """Offers made to one buyer."""

    name = "private_offers"
    path = "/private_offers"


class MarketplaceDisbursements(MarketplaceStream):
    """What the cloud paid out; read in full, as records change without a trace."""

    name = "analytics_marketplace_disbursements"
    path = "/analytics/datasets/marketplace_disbursements"
    replication_key = None
    start_param = None
    page_size = 5000
