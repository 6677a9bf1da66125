"""What sample answers suggest for a declared resource, and how sure it is."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.init_resource.proposals import (
    Proposal,
    find_records,
    propose_key,
    propose_replication_key,
)

Json = dict[str, Any]

MOMENT = {"type": ["string", "null"], "format": "date-time"}


def rows(count: int, **fields: str) -> list[Json]:
    """Make records whose fields are text, with `#` replaced by the record's number."""
    return [{k: v.replace("#", str(n)) for k, v in fields.items()} for n in range(count)]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"count": 2, "results": [{}, {}]}, [("results", 2)]),
        ([{}, {}, {}], [("$", 3)]),
        (
            {"a": [{}], "data": {"items": [{"lines": [{}, {}, {}]}, {}]}},
            [("data.items", 2), ("a", 1)],
        ),
        ({"results": []}, [("results", 0)]),
        ({"tags": ["a"], "mixed": [{}, 1]}, []),
        ({"a.b": {"it's": [{}]}}, [(r"$['a.b']['it\'s']", 1)]),
        ({"id": 1}, []),
        ("text", []),
    ],
)
def test_lists_of_objects_are_found(document: object, found: list[tuple[str, int]]) -> None:
    assert find_records(document) == found


@pytest.mark.parametrize(
    ("records", "resource", "field", "confidence"),
    [
        (rows(50, id="#", name="n#"), None, "id", "certain"),
        (rows(49, id="#"), None, "id", "likely"),
        (rows(50, InvoiceID="#", ContactID="c#"), "invoices", "InvoiceID", "certain"),
        (rows(50, ContactID="c#", InvoiceID="#"), "invoices", "InvoiceID", "certain"),
        (rows(50, buyer_id="#"), "contracts", "buyer_id", "likely"),
        (rows(50, buyer_id="#", listing_id="#"), "contracts", "buyer_id", "guess"),
        (rows(50, opportunity_uuid="#"), "opportunities", "opportunity_uuid", "certain"),
        (rows(1, id="#"), None, "id", "guess"),
        (rows(50, id="same", name="#"), None, "name", "guess"),
        (rows(50, paid="#", valid="#"), None, None, "guess"),
        ([*rows(50, id="#"), {"id": None}], None, None, "guess"),
        ([*rows(50, id="#"), {"id": ""}], None, None, "guess"),
        ([{"id": True}, {"id": False}], None, None, "guess"),
        ([], None, None, "guess"),
    ],
)
def test_a_key_is_proposed_with_its_confidence(
    records: list[Json], resource: str | None, field: str | None, confidence: str
) -> None:
    proposal = propose_key(records, resource)
    assert (proposal.field, proposal.confidence) == (field, confidence)


def test_a_proposal_says_why() -> None:
    assert propose_key(rows(50, a_id="#", b_id="#")) == Proposal(
        ("a_id",),
        "guess",
        "`a_id` is present and different in all 50 sample records, but so are `b_id`",
    )


@pytest.mark.parametrize(
    ("fields", "field", "confidence"),
    [
        (("created_at", "last_modified_at"), "last_modified_at", "likely"),
        (("UpdatedDateUTC",), "UpdatedDateUTC", "likely"),
        (("updated_at", "changed_on"), "updated_at", "guess"),
        (("created_at",), None, "likely"),
        (("due_at",), None, "likely"),
        ((), None, "likely"),
    ],
)
def test_a_replication_key_is_proposed_with_its_confidence(
    fields: tuple[str, ...], field: str | None, confidence: str
) -> None:
    schema = {"properties": dict.fromkeys(fields, MOMENT) | {"updated_by": {"type": "string"}}}
    records = [dict.fromkeys(fields, "2026-01-31T23:59:59Z")] * 3
    proposal = propose_replication_key(records, schema)
    assert (proposal.field, proposal.confidence) == (field, confidence)


def test_a_replication_key_that_is_sometimes_null_is_a_guess() -> None:
    proposal = propose_replication_key(
        [{"updated_at": "2026-01-31T23:59:59Z"}, {}], {"properties": {"updated_at": MOMENT}}
    )
    assert (proposal.field, proposal.confidence) == ("updated_at", "guess")
    assert "not in every record" in proposal.reason
