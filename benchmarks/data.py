"""The pages that every peer reads: deterministic, and shaped like the marketplace API's.

A record has 17 fields, among them nested objects and arrays.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STREAM = "private_offers"
TOKEN = "benchmark"  # noqa: S105 - the static server accepts any token
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
REGIONS = ("us", "eu", "ap", "sa")
CLOUDS = ("aws", "azure", "gcp")

STREAMS = ("buyers", "listings", "contracts", "opportunities", STREAM)
"""Built-in resources that can have the same records."""

DECLARED = "renewals"
"""A resource of the same records that is not built in."""

COMPACT, PRETTY, UNKNOWN = "compact", "pretty-printed", "unknown fields"
"""How pages are written: the last two are odd, and real."""

EMPTY_PATHS = {
    "v1/bank_transactions": "BankTransactions",
    "v1/contacts": "Contacts",
    "buyers": "results",
    "listings": "results",
    "contracts": "results",
    "opportunities": "results",
    "private_offers": "results",
    "analytics/datasets/marketplace_disbursements": "results",
}
"""Every built-in resource and the key that holds its records."""

UP_TO_DATE = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000000Z}"
"""A bookmark that an hourly run has: one in the future is refused."""

TIMES = {"BankTransactions": "UpdatedDateUTC", "Contacts": "UpdatedDateUTC"}
KEYS = {"BankTransactions": "BankTransactionID", "Contacts": "ContactID"}
"""The modification time and the key of the resources that have other ones than the rest."""


def record(number: int) -> dict[str, Any]:
    """Return one private offer: the same for the same number, and no two with one `id`."""
    modified = EPOCH + timedelta(seconds=number * 7, milliseconds=number % 1000)
    published = modified - timedelta(days=number % 30)
    return {
        "id": f"{number:08x}-{number * 2654435761 % 2**32:08x}",
        "last_modified_at": modified.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "cloud": CLOUDS[number % 3],
        "status": "ACCEPTED" if number % 4 else "PENDING",
        "accepted_at": published.isoformat(timespec="seconds").replace("+00:00", "Z")
        if number % 4
        else None,
        "archived": number % 5 == 0,
        "cloud_id": f"offer-{number * 7919 % 10**8:08d}",
        "cloud_url": f"https://example.com/o/{number}",
        "custom_properties": {
            "seats": number % 500,
            "list_price": number % 100_000 / 100,
            "regions": [REGIONS[number % 4], REGIONS[(number + 1) % 4]],
            "contact": {"name": f"Buyer {number}"},
        },
        "duration": f"P{number % 36 + 1}M",
        "eula_type": "STANDARD",
        "expiration_at": (modified + timedelta(days=30))
        .isoformat(timespec="seconds")
        .replace("+00:00", "Z"),
        "external_object_associations": {"crm": [f"opp-{number}", f"acc-{number % 977}"]},
        "listing_id": f"listing-{number % 211:06d}",
        "name": f"Offer {number} für {number % 97}",
        "offer_type": "DIRECT",
        "published_at": published.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def mean_bytes(sampled: int = 1000) -> int:
    """Return how many bytes of JSON a record has on average."""
    return sum(len(_json(record(number)).encode()) for number in range(sampled)) // sampled


def write_pages(
    root: Path,
    records: int,
    page_size: int,
    streams: Sequence[str] = (STREAM,),
    form: str = COMPACT,
) -> int:
    """Write the records as page files below `root` and return the number of pages of a stream.

    One empty page follows the last: some clients know the end only from it.
    """
    folder = root / STREAM
    folder.mkdir(parents=True)
    for other in set(streams) - {STREAM}:
        (root / other).symlink_to(folder)
    pages = -(-records // page_size)
    for page in range(1, pages + 1):
        numbers = range((page - 1) * page_size, min(page * page_size, records))
        results = [record(number) for number in numbers]
        if form == UNKNOWN:
            results = [each | {"rating": 4.5, "labels": {"a": [1, None]}} for each in results]
        _write_page(folder, page, pages, records, results, form)
    _write_page(folder, pages + 1, pages, records, [], form)
    return pages


def modification_time(path: str) -> str | None:
    """Return the field by which a built-in resource is read incrementally, if it is."""
    return None if "disbursements" in path else TIMES.get(EMPTY_PATHS[path], "last_modified_at")


def write_up_to_date(root: Path) -> None:
    """Write what each built-in resource has where nothing is new: the record of its bookmark."""
    for path, key in EMPTY_PATHS.items():
        time = modification_time(path)
        records = [] if time is None else [{KEYS.get(key, "id"): "a", time: UP_TO_DATE}]
        _write_only_page(root, path, records)


def write_empty_page(root: Path, path: str) -> None:
    """Write a first page with nothing in it for one built-in resource."""
    _write_only_page(root, path, [])


def _write_only_page(root: Path, path: str, records: list[dict[str, Any]]) -> None:
    folder = root / path
    folder.mkdir(parents=True)
    body: dict[str, Any] = {"count": len(records), "next": None, "previous": None}
    if EMPTY_PATHS[path] != "results":
        body = {"pagination": {"page": 1, "pageCount": 1, "pageSize": 100}}
    body[EMPTY_PATHS[path]] = records
    (folder / "1.json").write_text(json.dumps(body), encoding="utf-8")


def _write_page(  # all of it is in a page
    folder: Path, page: int, pages: int, records: int, results: list[dict[str, Any]], form: str
) -> None:
    """Write one answer of the API."""
    body: dict[str, Any] = {
        "count": records,
        "next": f"/{STREAM}?page={page + 1}" if page < pages else None,
        "previous": f"/{STREAM}?page={page - 1}" if page > 1 else None,
        "results": results,
    }
    text = json.dumps(body, indent=2, ensure_ascii=False) if form == PRETTY else _json(body)
    (folder / f"{page}.json").write_text(text, encoding="utf-8")


def _json(document: dict[str, Any]) -> str:
    """Return compact JSON."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
