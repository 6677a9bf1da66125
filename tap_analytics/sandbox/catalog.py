"""The resources that the sandbox has: one line each says what there is to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .data import EDGE_CASES, accounting, disbursements, marketplace
from .data.time_formats import TIME_FORMATS, TimeFormat
from .data.values import ABSENT, Record, SeededRandom, dumps, identity, loads, modification_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Resource:
    """What the server knows of one stream before it has a row of it."""

    name: str
    api: str
    path: str
    records_key: str
    key: str | None = "id"
    modified: str | None = "last_modified_at"
    rows: int = 1_000
    page_size: int = 100
    max_page_size: int = 1_000
    touched: str = "name"


def _accounting(name: str, records_key: str, key: str, touched: str) -> Resource:
    path = f"/v1/{name}"
    return Resource(name, "accounting", path, records_key, key, "UpdatedDateUTC", touched=touched)


def _marketplace(name: str, touched: str) -> Resource:
    return Resource(name, "marketplace", f"/{name}", "results", touched=touched)


DISBURSEMENTS = "analytics_marketplace_disbursements"

RESOURCES = {
    resource.name: resource
    for resource in (
        _accounting("bank_transactions", "BankTransactions", "BankTransactionID", "Reference"),
        _accounting("contacts", "Contacts", "ContactID", "LastName"),
        _accounting("invoices", "Invoices", "InvoiceID", "InvoiceNumber"),
        _marketplace("buyers", "name"),
        _marketplace("listings", "title"),
        _marketplace("contracts", "duration"),
        _marketplace("opportunities", "title"),
        _marketplace("private_offers", "name"),
        Resource(
            name=DISBURSEMENTS,
            api="marketplace",
            path="/analytics/datasets/marketplace_disbursements",
            records_key="results",
            modified=None,
            rows=12_000,
            page_size=5_000,
            max_page_size=5_000,
            touched="disbursement_status",
        ),
        Resource(
            "settings", "generic", "/v2/settings", "items", modified=None, rows=12, touched="value"
        ),
        Resource(
            "events", "generic", "/v2/events", "events", key=None, modified=None, touched="kind"
        ),
        Resource("items", "generic", "/v2/items", "items", modified="updated_at", rows=250),
    )
}


_USUAL_FORMATS = {"accounting": "accounting", "marketplace": "marketplace", "generic": "iso"}


class Row(NamedTuple):
    """One row as the store keeps it: what is asked for in columns, the rest as JSON text."""

    key: str | None
    modified: int | None
    archived: bool
    parent: str | None
    body: str


class RowFactory:
    """Makes any row of any resource; the same seed and index make the same row."""

    def __init__(
        self,
        seed: int,
        rows: dict[str, int],
        *,
        keyless: int = 0,
        edge_cases: bool = True,
        time_formats: Mapping[str, str] | None = None,
    ) -> None:
        """Take the seed, the rows a stream has, how many disbursements lack an id.

        `time_formats` names the format of streams that do not have their API's own.
        """
        self.seed = seed
        self.keyless = keyless
        usual = {resource.name: _USUAL_FORMATS[resource.api] for resource in RESOURCES.values()}
        named = usual | dict(time_formats or {})
        self._time_formats = {stream: TIME_FORMATS[name] for stream, name in named.items()}
        entities = marketplace.Entities(seed, rows)
        self._ordinary: dict[str, Callable[[SeededRandom, int], Record]] = {
            "bank_transactions": accounting.bank_transaction,
            "contacts": accounting.contact,
            "invoices": accounting.invoice,
            "buyers": entities.buyer,
            "listings": entities.listing,
            "contracts": entities.contract,
            "opportunities": entities.opportunity,
            "private_offers": entities.private_offer,
            "settings": marketplace.setting,
            "events": marketplace.event,
            "items": marketplace.item,
        }
        self._edge_cases = EDGE_CASES if edge_cases else {}

    def row(self, stream: str, index: int, *, archived: bool = False) -> Row:
        """Return a row of the data set that the seed stands for."""
        resource = RESOURCES[stream]
        keyless = stream == DISBURSEMENTS and index < self.keyless
        key = None if keyless or not resource.key else identity(self.seed, stream, index)
        micros = None
        if resource.modified:
            micros = self.time_format(stream).floor(modification_time(self.seed, stream, index))
        changes = [odd for odd in self._edge_cases.get(stream, ()) if index % odd[1] == odd[0]]
        if stream == DISBURSEMENTS and not changes:
            text = disbursements.disbursement(SeededRandom(self.seed, stream, index), index, key)
            return Row(key, None, archived, None, text)
        record = self._record(resource, index, key, micros)
        for _, _, change in changes:
            record.update(change)
            record = {name: value for name, value in record.items() if value is not ABSENT}
        if archived:
            record["ContactStatus"] = "ARCHIVED"
        if resource.modified and record.get(resource.modified) is None:
            micros = None
        text = dumps(record, escaped=index % 2 == 0)
        return Row(key, micros, archived, record.get("buyer_id"), text)

    def new(self, stream: str, index: int, key: str | None, micros: int | None) -> Row:
        """Return an ordinary row that was not there from the start."""
        record = self._record(RESOURCES[stream], index, key, micros, tag="/new")
        return Row(key, micros, archived=False, parent=record.get("buyer_id"), body=dumps(record))

    def time_format(self, stream: str) -> TimeFormat:
        """Return how a stream writes its modification times."""
        return self._time_formats[stream]

    def fresh_key(self, number: int) -> str:
        """Return the key of the n-th row that was not there from the start."""
        return identity(self.seed, "fresh", number)

    def _record(
        self, resource: Resource, index: int, key: str | None, micros: int | None, *, tag: str = ""
    ) -> Record:
        rng = SeededRandom(self.seed, resource.name + tag, index)
        if resource.name == DISBURSEMENTS:
            return loads(disbursements.disbursement(rng, index, key))
        record: Record = {} if key is None or resource.key is None else {resource.key: key}
        if resource.modified and micros is not None:
            record[resource.modified] = self.time_format(resource.name).write(index, micros)
        record.update(self._ordinary[resource.name](rng, index))
        return record
