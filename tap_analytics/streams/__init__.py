"""The built-in streams, by API."""

from __future__ import annotations

from tap_analytics.streams import accounting, marketplace

BUILT_IN = {
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
