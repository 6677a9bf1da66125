"""Records of the accounting API: what is ordinary; its edge cases are in `edge_cases`."""

from __future__ import annotations

from typing import Any

from .values import SECOND, Record, SeededRandom, iso, number, slash_date

_DAY = 86_400 * SECOND
_ISO_ROW = 24


def _date(rng: SeededRandom) -> str:
    return slash_date((19_723 + rng.below(500)) * _DAY, zone=rng.flip())


def format_modified(index: int, micros: int) -> str:
    """Format a modification time: mostly `/Date(ms+0000)/`, now and then as other servers do."""
    if index % 25 == _ISO_ROW:
        return iso(micros, zone=index % 2 == 0)
    return slash_date(micros, zone=index % 3 > 0)


def bank_transaction(rng: SeededRandom, index: int) -> Record:
    """Return an ordinary bank transaction, without key and modification time."""
    return {
        "Type": rng.pick("SPEND", "RECEIVE", "SPEND-OVERPAYMENT"),
        "Status": rng.pick("AUTHORISED", "AUTHORISED", "DELETED", "VOIDED"),
        "Reference": f"Payment {index}",
        "CurrencyCode": rng.pick("GBP", "EUR", "NZD", "USD"),
        "CurrencyRate": rng.rate(),
        "Url": f"https://ledger.example.com/t/{index}",
        "LineAmountTypes": rng.pick("Inclusive", "Exclusive", "NoTax"),
        "PrepaymentID": rng.uuid(),
        "OverpaymentID": rng.uuid(),
        "StatusAttributeString": "OK",
        "DateString": f"{rng.day()}T00:00:00",
        "ExternalLinkProviderName": rng.pick("", "Till & Sons"),
        "Date": _date(rng),
        "SubTotal": rng.money(),
        "TotalTax": rng.money(),
        "Total": rng.money(),
        "IsReconciled": rng.flip(),
        "HasAttachments": rng.flip(),
        "Contact": {
            "ContactID": rng.uuid(),
            "Name": f"Company {rng.below(900)}",
            "Addresses": [],
        },
        "BankAccount": {
            "AccountID": rng.uuid(),
            "Code": f"{rng.below(1000):03d}",
            "Name": "Current",
        },
        "BatchPayment": {
            "BatchPaymentID": rng.uuid(),
            "Date": _date(rng),
            "Type": "PAYBATCH",
            "Status": "AUTHORISED",
            "TotalAmount": rng.money(),
            "UpdatedDateUTC": _date(rng),
            "IsReconciled": rng.flip() if index % 3 else "true",
            "Account": {"AccountID": rng.uuid()},
        },
        "ValidationErrors": [] if index % 20 else [{"Message": "The account code is archived"}],
        "LineItems": [_line_item(rng, line) for line in range(1 + index % 2)],
    }


def _line_item(rng: SeededRandom, line: int) -> Record:
    tax = {
        "TaxComponentId": rng.uuid(),
        "Type": "SYSGST/USSTATE",
        "Name": "State",
        "TaxPercentage": rng.rate(),
        "TaxAmount": rng.money(),
        "TaxableAmount": rng.money(),
        "NonTaxableAmount": 0,
        "ExemptAmount": number("0.00"),
        "StateAssignedNo": "007",
        "JurisdictionRegion": "TX",
    }
    return {
        "LineItemID": rng.uuid(),
        "Description": f"Line {line}: caf\u00e9 \u2615 and \U0001f4b6",
        "Quantity": number(f"{1 + line}.0000"),
        "UnitAmount": rng.money(),
        "LineAmount": rng.money(),
        "TaxAmount": rng.money(),
        "TaxType": "OUTPUT2",
        "ItemCode": f"{rng.below(10_000):06d}",
        "AccountCode": "200",
        "AccountID": rng.uuid(),
        "Item": {"Code": "A1", "Name": "Widget", "ItemID": rng.uuid()},
        "Tracking": [
            {
                "TrackingCategoryID": rng.uuid(),
                "TrackingOptionID": rng.uuid(),
                "Name": "Region",
                "Option": "North",
            }
        ],
        "DiscountRate": number("2.5"),
        "DiscountAmount": 0,
        "RepeatingInvoiceID": rng.uuid(),
        "Taxability": "TAXABLE",
        "SalesTaxCodeId": rng.below(1_000),
        "TaxBreakdown": [tax],
    }


def contact(rng: SeededRandom, index: int) -> Record:
    """Return an ordinary contact, without key and modification time."""
    return {
        "MergedToContactID": rng.uuid(),
        "ContactNumber": f"{index:08d}",
        "AccountNumber": f"{rng.below(10**6):010d}",
        "CompanyNumber": f"{rng.below(10**7):08d}",
        "TaxNumber": f"GB{rng.below(10**9):09d}",
        "TaxNumberType": "GST",
        "ContactStatus": "GDPRREQUEST" if index % 40 == 0 else "ACTIVE",
        "Name": f"Contact {index}",
        "FirstName": rng.pick("Ana", "Zo\u00eb", "\u674e", ""),
        "LastName": rng.pick("M\u00fcller", "O'Neill", "\u5c0f\u9f8d"),
        "EmailAddress": f"c{index}@example.com",
        "BankAccountDetails": f"{rng.below(10**8):016d}",
        "Website": "https://example.com",
        "AccountsReceivableTaxType": "OUTPUT2",
        "AccountsPayableTaxType": "INPUT2",
        "SalesDefaultAccountCode": "200",
        "PurchasesDefaultAccountCode": "400",
        "SalesDefaultLineAmountType": "INCLUSIVE",
        "PurchasesDefaultLineAmountType": "EXCLUSIVE",
        "DefaultCurrency": rng.pick("GBP", "EUR"),
        "TrackingCategoryName": "Region",
        "TrackingCategoryOption": "North",
        "StatusAttributeString": "OK",
        "Discount": number(f"{rng.below(20)}.5"),
        "IsSupplier": rng.flip(),
        "IsCustomer": rng.flip(),
        "HasAttachments": rng.flip(),
        "HasValidationErrors": False,
        **_contact_lists(rng, index),
        **_contact_objects(rng),
    }


def _contact_lists(rng: SeededRandom, index: int) -> Record:
    tracking = [
        {"TrackingCategoryName": "Region", "TrackingOptionName": rng.pick("North", "South")}
    ]
    address: dict[str, Any] = {f"AddressLine{line}": f"{line} High Street" for line in range(1, 5)}
    place = {
        "City": "Bath",
        "Region": "",
        "PostalCode": "01234",
        "Country": "UK",
        "AttentionTo": "Ana",
    }
    return {
        "Addresses": [{"AddressType": kind, **address, **place} for kind in ("POBOX", "STREET")],
        "Phones": [
            {
                "PhoneType": "MOBILE",
                "PhoneNumber": "0123456",
                "PhoneAreaCode": "020",
                "PhoneCountryCode": "44",
            }
        ],
        "ContactPersons": [
            {
                "FirstName": "Bo",
                "LastName": "Li",
                "EmailAddress": "bo@example.com",
                "IncludeInEmails": True,
            }
        ],
        "ContactGroups": [{"ContactGroupID": rng.uuid(), "Name": "VIP", "Status": "ACTIVE"}]
        if index % 3
        else [],
        "SalesTrackingCategories": tracking,
        "PurchasesTrackingCategories": tracking if index % 2 else [],
        "Attachments": [
            {
                "AttachmentID": rng.uuid(),
                "FileName": "scan.pdf",
                "Url": "https://ledger.example.com/a",
                "MimeType": "application/pdf",
                "ContentLength": rng.below(10**6),
                "IncludeOnline": False,
            },
        ],
        "ValidationErrors": [] if index % 20 else [{"Message": "Email address is not valid"}],
    }


def _contact_objects(rng: SeededRandom) -> Record:
    owed = {"Outstanding": rng.money(), "Overdue": rng.money()}
    return {
        "PaymentTerms": {
            "Bills": {"Day": rng.below(28) + 1, "Type": "DAYSAFTERBILLDATE"},
            "Sales": {"Day": rng.below(28) + 1, "Type": "OFFOLLOWINGMONTH"},
        },
        "BrandingTheme": {
            "BrandingThemeID": rng.uuid(),
            "Name": "Standard",
            "LogoUrl": "https://example.com/logo.png",
            "Type": "INVOICE",
            "SortOrder": rng.below(10),
            "CreatedDateUTC": _date(rng),
        },
        "BatchPayments": {
            "BankAccountNumber": "00123",
            "BankAccountName": "Bo Li",
            "Details": "ref",
            "Code": "",
            "Reference": "",
        },
        "Balances": {"AccountsReceivable": owed, "AccountsPayable": owed},
    }


def invoice(rng: SeededRandom, index: int) -> Record:
    """Return an ordinary invoice: a resource that no stream is built in for."""
    return {
        "InvoiceNumber": f"INV-{index:05d}",
        "Type": rng.pick("ACCREC", "ACCPAY"),
        "Date": _date(rng),
        "DueDate": _date(rng),
        "Total": rng.money(),
        "AmountDue": rng.pick(0, number("10.50")),
        "Contact": {"ContactID": rng.uuid(), "Name": f"Company {rng.below(900)}"},
        "LineItems": [
            {"Description": "Hours", "Quantity": rng.below(9), "UnitAmount": rng.money()}
        ],
        "Tags": [],
    }
