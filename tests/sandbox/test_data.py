"""Every edge case that the APIs' users have met is in the data."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows = list[dict[str, Any]]


class Read:
    """What a sandbox holds, read once a stream."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Take the sandbox; nobody changes it here."""
        self.texts = cache(sandbox.texts)
        self.rows = cache(sandbox.rows)


@pytest.fixture(scope="module")
def data() -> Iterator[Read]:
    with Sandbox(rows={"analytics_marketplace_disbursements": 100}) as sandbox:
        yield Read(sandbox)


def values(rows: Rows, field: str) -> list[Any]:
    return [row[field] for row in rows if field in row]


def kinds(rows: Rows, field: str) -> set[str]:
    return {type(value).__name__ for value in values(rows, field)}


BANK_TRANSACTION = """
BankTransactionID Type Status Reference CurrencyCode Url LineAmountTypes PrepaymentID OverpaymentID
StatusAttributeString DateString ExternalLinkProviderName Date UpdatedDateUTC CurrencyRate SubTotal
TotalTax Total IsReconciled HasAttachments Contact BankAccount BatchPayment ValidationErrors
LineItems"""
CONTACT = """
ContactID MergedToContactID ContactNumber AccountNumber CompanyNumber TaxNumber TaxNumberType
ContactStatus Name FirstName LastName EmailAddress BankAccountDetails Website
AccountsReceivableTaxType AccountsPayableTaxType SalesDefaultAccountCode PurchasesDefaultAccountCode
SalesDefaultLineAmountType PurchasesDefaultLineAmountType DefaultCurrency TrackingCategoryName
TrackingCategoryOption StatusAttributeString UpdatedDateUTC Discount IsSupplier IsCustomer
HasAttachments HasValidationErrors Addresses Phones ContactPersons ContactGroups
SalesTrackingCategories PurchasesTrackingCategories Attachments ValidationErrors PaymentTerms
BrandingTheme BatchPayments Balances"""
BUYER = """
id last_modified_at cloud status cloud_account_id cloud_identifiers custom_properties domain
external_object_associations latest_contract_id listing_id name"""
LISTING = """
id last_modified_at cloud status cloud_id cloud_url eula_type eula_url long_description
short_description title"""
CONTRACT = """
id last_modified_at cloud status accepted_at auto_renew buyer_id cloud_id cloud_identifiers
cloud_url custom_properties duration end_at external_object_associations latest_offer_id listing_id
offer_type start_at"""
OPPORTUNITY = """
id last_modified_at cloud status accept_by cloud_id cloud_url created_at custom_properties
customer_company customer_website external_object_associations stage target_close_date title"""
PRIVATE_OFFER = """
id last_modified_at cloud status accepted_at archived cloud_id cloud_url custom_properties duration
eula_type expiration_at external_object_associations listing_id name offer_type published_at"""
DISBURSEMENT = """
id agreement_acceptance_date agreement_end_date agreement_id agreement_start_date
aws_seller_of_record currency customer_reference_id disburse_bank_trace_id disbursement_date
disbursement_period disbursement_status invoice_date invoice_id isv_account_id isv_company_name
listing_fee_invoice_id offer_id offer_name offer_visibility payment_due_date payment_terms
product_code product_id product_title resale_authorization_description resale_authorization_id
resale_authorization_name reseller_aws_account_id reseller_company_name transaction_reference_id
usage_period_start_date usage_period_end_date aws_tax_share_listing_fee
aws_tax_share_refund_listing_fee disbursed_net_revenue disbursement_time_in_days gross_refund
gross_revenue listing_fee listing_fee_percentage listing_fee_refund seller_net_revenue
seller_tax_share seller_tax_share_refund undisbursed_net_revenue wholesale_cost
wholesale_cost_refund payer_address_id payer_aws_account_id payer_city payer_company_name
payer_country payer_email_domain payer_postal_code payer_state_or_region subscriber_address_id
subscriber_aws_account_id subscriber_city subscriber_company_name subscriber_country
subscriber_email_domain subscriber_postal_code subscriber_state_or_region"""


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("bank_transactions", BANK_TRANSACTION),
        ("contacts", CONTACT),
        ("buyers", BUYER),
        ("listings", LISTING),
        ("contracts", CONTRACT),
        ("opportunities", OPPORTUNITY),
        ("private_offers", PRIVATE_OFFER),
        ("analytics_marketplace_disbursements", DISBURSEMENT),
    ],
)
def test_every_field_of_the_api_appears(data: Read, stream: str, fields: str) -> None:
    rows = data.rows(stream)
    assert len(rows) == (100 if stream.startswith("analytics") else 1_000)
    seen = {name for row in rows for name in row}
    assert set(fields.split()) <= seen


DATES = re.compile(r"/Date\((-?\d+)(\+0000)?\)/")


def test_accounting_dates(data: Read) -> None:
    rows = data.rows("bank_transactions")
    dates = [str(value) for value in values(rows, "Date")]
    found = [match for match in map(DATES.fullmatch, dates) if match]
    assert {match[2] for match in found} == {None, "+0000"}
    assert {"0"} < {match[1] for match in found}
    assert any(int(match[1]) < 0 for match in found)
    assert {"2024-02-29T23:59:59", "2024-02-29T23:59:59.5+13:00", "31/12/2024"} < set(dates)
    spelled = values(rows, "UpdatedDateUTC")
    assert any(text.endswith("Z") for text in spelled)
    assert any(re.fullmatch(r"2\d{3}-[\dT:.-]+", text) for text in spelled)


def test_text_that_looks_like_a_date(data: Read) -> None:
    references = values(data.rows("bank_transactions"), "Reference")
    assert {"Refund Date(2024)", "/Date(1573755038314)/"} < set(references)


def test_numbers_keep_their_digits_and_come_as_text_too(data: Read) -> None:
    rows, texts = data.rows("bank_transactions"), "\n".join(data.texts("bank_transactions"))
    assert '"CurrencyRate":1.2345678901,' in texts
    assert '"Total":12345678901234.5678,' in texts
    assert Decimal("12345678901234.5678") in values(rows, "Total")
    assert {"12.00"} < set(map(str, values(rows, "SubTotal")))
    assert kinds(rows, "SubTotal") == {"Decimal", "str"}
    assert kinds(rows, "IsReconciled") == {"bool", "str"}
    assert "n/a" in values(rows, "TotalTax")
    assert "maybe" in values(rows, "IsReconciled")


def test_absent_null_and_empty(data: Read) -> None:
    rows = data.rows("bank_transactions")
    assert any("CurrencyRate" not in row for row in rows)
    assert any("Url" in row and row["Url"] == "" for row in rows)
    assert [] in values(rows, "LineItems")
    assert None in values(rows, "BankAccount")
    assert {} in values(rows, "Contact")
    line = next(items for items in values(rows, "LineItems") if items)[0]
    assert line["TaxBreakdown"][0]["TaxPercentage"]


def test_strings_that_targets_choke_on(data: Read) -> None:
    texts = "\n".join(data.texts("bank_transactions"))
    assert r"nul \u0000 here" in texts
    assert r"half \ud83d pair" in texts
    contacts = "\n".join(data.texts("contacts"))
    assert "M\u00fcller" in contacts
    assert r"M\u00fcller" in contacts
    assert "\U0001f680" in "\n".join(data.texts("listings"))


def test_names_nobody_announced(data: Read) -> None:
    assert values(data.rows("bank_transactions"), "SourceSystem")
    assert values(data.rows("bank_transactions"), "reference")
    assert values(data.rows("contacts"), "NewInJune")
    assert values(data.rows("buyers"), "metadata")
    assert values(data.rows("buyers"), "registration_details")


@pytest.mark.parametrize(
    "spelling",
    [
        r"[^.]*:\d\dZ",
        r".*\.\d{3}Z",
        r".*\.\d{6}Z",
        r".*-06:00",
        r".*\+02:00",
    ],
)
def test_marketplace_spellings_of_an_instant(data: Read, spelling: str) -> None:
    assert any(
        re.fullmatch(spelling, text) for text in values(data.rows("buyers"), "last_modified_at")
    )


def test_rows_share_instants_and_text_order_is_wrong(data: Read) -> None:
    texts = values(data.rows("buyers"), "last_modified_at")
    instants = [datetime.fromisoformat(text) for text in texts]
    assert len(set(instants)) < len(instants)
    assert len(set(texts)) > len(set(instants))
    assert instants[8] > instants[0]
    assert texts[8] < texts[0]


def test_every_change_lies_in_the_past(data: Read) -> None:
    for stream in ("buyers", "listings", "contracts", "opportunities", "private_offers"):
        texts = [text for text in values(data.rows(stream), "last_modified_at") if text]
        assert max(texts) < "2025-06"


def test_rows_without_a_replication_value(data: Read) -> None:
    rows = data.rows("opportunities")
    assert sum("last_modified_at" not in row for row in rows) == 1
    assert sum("last_modified_at" in row and row["last_modified_at"] is None for row in rows) == 2


@pytest.mark.parametrize(
    ("stream", "field", "spelling"),
    [
        ("contracts", "end_at", '"sometime in May"'),
        ("contracts", "auto_renew", '"false"'),
        ("private_offers", "archived", '"true"'),
        ("private_offers", "archived", "true"),
        ("private_offers", "expiration_at", '"2024-13-45T00:00:00Z"'),
        ("opportunities", "target_close_date", r'"\d{4}-\d\d-\d\d"'),
        ("opportunities", "target_close_date", r'"\d{4}-\d\d-\d\dT00:00:00Z"'),
        ("contacts", "Discount", '"12.00"'),
        ("buyers", "cloud_account_id", '"000000000042"'),
        ("analytics_marketplace_disbursements", "disbursement_date", '"Not available"'),
        ("analytics_marketplace_disbursements", "gross_revenue", '"1234.50"'),
        ("analytics_marketplace_disbursements", "disbursement_time_in_days", '"n/a"'),
        ("analytics_marketplace_disbursements", "payer_aws_account_id", r'"0\d{11}"'),
        ("analytics_marketplace_disbursements", "disbursement_status", '"Disbursed"'),
        ("analytics_marketplace_disbursements", "disbursement_status", '"Not Disbursed"'),
    ],
)
def test_edge_case_is_there(data: Read, stream: str, field: str, spelling: str) -> None:
    found = values([json.loads(text) for text in data.texts(stream)], field)
    assert any(re.fullmatch(spelling, json.dumps(value)) for value in found)


def test_edge_cases_can_be_left_out() -> None:
    with Sandbox(rows={"opportunities": 100}, edge_cases=False) as plain:
        assert all(values(plain.rows("opportunities"), "last_modified_at"))


def test_keys_are_unique(data: Read) -> None:
    keys = values(data.rows("bank_transactions"), "BankTransactionID")
    assert len(set(keys)) == 1_000
