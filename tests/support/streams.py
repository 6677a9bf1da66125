"""The eight built-in streams, written down once: a stream that gets lost in the tap is missed."""

from __future__ import annotations

KEYS = {
    "accounting": {"bank_transactions": "BankTransactionID", "contacts": "ContactID"},
    "marketplace": {
        "buyers": "id",
        "listings": "id",
        "contracts": "id",
        "opportunities": "id",
        "private_offers": "id",
        "analytics_marketplace_disbursements": "id",
    },
}
"""The key of each stream, by the stream's name, by API."""

API_OF = {stream: api for api, streams in KEYS.items() for stream in streams}
"""The API of each stream."""

KEY_OF = {stream: key for streams in KEYS.values() for stream, key in streams.items()}
"""The key of each stream."""

STREAMS = tuple(API_OF)
