"""The resources that the sandbox has: one line each says what there is to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import accounting_data, disbursement_data, marketplace_data
from .oddities import ODDITIES
from .values import ABSENT, Dice, Record, dumps, identity, loads, moment

if TYPE_CHECKING:
    from collections.abc import Callable


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
    most: int = 1_000
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
            most=5_000,
            touched="disbursement_status",
        ),
        Resource(
            "settings", "generic", "/v2/settings", "items", modified=None, rows=12, touched="value"
        ),
        Resource(
            "events", "generic", "/v2/events", "events", key=None, modified=None, touched="kind"
        ),
    )
}


class Row(NamedTuple):
    """One row as the store keeps it: what is asked for in columns, the rest as JSON text."""

    key: str | None
    modified: int | None
    archived: bool
    parent: str | None
    body: str


class Maker:
    """Makes any row of any resource; the same seed and index make the same row."""

    def __init__(
        self, seed: int, rows: dict[str, int], *, keyless: int = 0, oddities: bool = True
    ) -> None:
        """Take the seed, the rows a stream has, how many disbursements lack an id."""
        self.seed = seed
        self.keyless = keyless
        entities = marketplace_data.Entities(seed, rows)
        self._ordinary: dict[str, Callable[[Dice, int], Record]] = {
            "bank_transactions": accounting_data.bank_transaction,
            "contacts": accounting_data.contact,
            "invoices": accounting_data.invoice,
            "buyers": entities.buyer,
            "listings": entities.listing,
            "contracts": entities.contract,
            "opportunities": entities.opportunity,
            "private_offers": entities.private_offer,
            "settings": marketplace_data.setting,
            "events": marketplace_data.event,
        }
        self._oddities = ODDITIES if oddities else {}

    def row(self, stream: str, index: int, *, archived: bool = False) -> Row:
        """Return a row of the data set that the seed stands for."""
        resource = RESOURCES[stream]
        keyless = stream == DISBURSEMENTS and index < self.keyless
        key = None if keyless or not resource.key else identity(self.seed, stream, index)
        micros = moment(self.seed, stream, index) if resource.modified else None
        changes = [odd for odd in self._oddities.get(stream, ()) if index % odd[1] == odd[0]]
        if stream == DISBURSEMENTS and not changes:
            text = disbursement_data.disbursement(Dice(self.seed, stream, index), index, key)
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

    def fresh_key(self, number: int) -> str:
        """Return the key of the n-th row that was not there from the start."""
        return identity(self.seed, "fresh", number)

    def _record(
        self, resource: Resource, index: int, key: str | None, micros: int | None, *, tag: str = ""
    ) -> Record:
        dice = Dice(self.seed, resource.name + tag, index)
        if resource.name == DISBURSEMENTS:
            return loads(disbursement_data.disbursement(dice, index, key))
        record: Record = {} if key is None or resource.key is None else {resource.key: key}
        if resource.modified and micros is not None:
            record[resource.modified] = spell(resource, index, micros)
        record.update(self._ordinary[resource.name](dice, index))
        return record


def spell(resource: Resource, index: int, micros: int) -> str:
    """Spell a modification time as the resource's API does."""
    if resource.api == "accounting":
        return accounting_data.spell_modified(index, micros)
    return marketplace_data.spell_modified(index, micros)
