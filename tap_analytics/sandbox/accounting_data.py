"""Rows of the accounting API: what is ordinary, and every oddity that its users have met."""

from __future__ import annotations

from typing import Any

from .values import SECOND, Dice, Record, iso, number, slash_date

_DAY = 86_400 * SECOND
_ISO_ROW = 24


def _date(dice: Dice) -> str:
    return slash_date((19_723 + dice.below(500)) * _DAY, zone=dice.flip())


def spell_modified(index: int, micros: int) -> str:
    """Spell a modification time: mostly `/Date(ms+0000)/`, now and then as other servers do."""
    if index % 25 == _ISO_ROW:
        return iso(micros, zone=index % 2 == 0)
    return slash_date(micros, zone=index % 3 > 0)


def bank_transaction(dice: Dice, index: int) -> Record:
    """Return an ordinary bank transaction, without key and modification time."""
    return {
        "Type": dice.pick("SPEND", "RECEIVE", "SPEND-OVERPAYMENT"),
        "Status": dice.pick("AUTHORISED", "AUTHORISED", "DELETED", "VOIDED"),
        "Reference": f"Payment {index}",
        "CurrencyCode": dice.pick("GBP", "EUR", "NZD", "USD"),
        "CurrencyRate": dice.rate(),
        "Url": f"https://ledger.example.com/t/{index}",
        "LineAmountTypes": dice.pick("Inclusive", "Exclusive", "NoTax"),
        "PrepaymentID": dice.uuid(),
        "OverpaymentID": dice.uuid(),
        "StatusAttributeString": "OK",
        "DateString": f"{dice.day()}T00:00:00",
        "ExternalLinkProviderName": dice.pick("", "Till & Sons"),
        "Date": _date(dice),
        "SubTotal": dice.money(),
        "TotalTax": dice.money(),
        "Total": dice.money(),
        "IsReconciled": dice.flip(),
        "HasAttachments": dice.flip(),
        "Contact": {
            "ContactID": dice.uuid(),
            "Name": f"Company {dice.below(900)}",
            "Addresses": [],
        },
        "BankAccount": {
            "AccountID": dice.uuid(),
            "Code": f"{dice.below(1000):03d}",
            "Name": "Current",
        },
        "BatchPayment": {
            "BatchPaymentID": dice.uuid(),
            "Date": _date(dice),
            "Type": "PAYBATCH",
            "Status": "AUTHORISED",
            "TotalAmount": dice.money(),
            "UpdatedDateUTC": _date(dice),
            "IsReconciled": dice.flip() if index % 3 else "true",
            "Account": {"AccountID": dice.uuid()},
        },
        "ValidationErrors": [] if index % 20 else [{"Message": "The account code is archived"}],
        "LineItems": [_line_item(dice, line) for line in range(1 + index % 2)],
    }


def _line_item(dice: Dice, line: int) -> Record:
    tax = {
        "TaxComponentId": dice.uuid(),
        "Type": "SYSGST/USSTATE",
        "Name": "State",
        "TaxPercentage": dice.rate(),
        "TaxAmount": dice.money(),
        "TaxableAmount": dice.money(),
        "NonTaxableAmount": 0,
        "ExemptAmount": number("0.00"),
        "StateAssignedNo": "007",
        "JurisdictionRegion": "TX",
    }
    return {
        "LineItemID": dice.uuid(),
        "Description": f"Line {line}: caf\u00e9 \u2615 and \U0001f4b6",
        "Quantity": number(f"{1 + line}.0000"),
        "UnitAmount": dice.money(),
        "LineAmount": dice.money(),
        "TaxAmount": dice.money(),
        "TaxType": "OUTPUT2",
        "ItemCode": f"{dice.below(10_000):06d}",
        "AccountCode": "200",
        "AccountID": dice.uuid(),
        "Item": {"Code": "A1", "Name": "Widget", "ItemID": dice.uuid()},
        "Tracking": [
            {
                "TrackingCategoryID": dice.uuid(),
                "TrackingOptionID": dice.uuid(),
                "Name": "Region",
                "Option": "North",
            }
        ],
        "DiscountRate": number("2.5"),
        "DiscountAmount": 0,
        "RepeatingInvoiceID": dice.uuid(),
        "Taxability": "TAXABLE",
        "SalesTaxCodeId": dice.below(1_000),
        "TaxBreakdown": [tax],
    }


def contact(dice: Dice, index: int) -> Record:
    """Return an ordinary contact, without key and modification time."""
    return {
        "MergedToContactID": dice.uuid(),
        "ContactNumber": f"{index:08d}",
        "AccountNumber": f"{dice.below(10**6):010d}",
        "CompanyNumber": f"{dice.below(10**7):08d}",
        "TaxNumber": f"GB{dice.below(10**9):09d}",
        "TaxNumberType": "GST",
        "ContactStatus": "GDPRREQUEST" if index % 40 == 0 else "ACTIVE",
        "Name": f"Contact {index}",
        "FirstName": dice.pick("Ana", "Zo\u00eb", "\u674e", ""),
        "LastName": dice.pick("M\u00fcller", "O'Neill", "\u5c0f\u9f8d"),
        "EmailAddress": f"c{index}@example.com",
        "BankAccountDetails": f"{dice.below(10**8):016d}",
        "Website": "https://example.com",
        "AccountsReceivableTaxType": "OUTPUT2",
        "AccountsPayableTaxType": "INPUT2",
        "SalesDefaultAccountCode": "200",
        "PurchasesDefaultAccountCode": "400",
        "SalesDefaultLineAmountType": "INCLUSIVE",
        "PurchasesDefaultLineAmountType": "EXCLUSIVE",
        "DefaultCurrency": dice.pick("GBP", "EUR"),
        "TrackingCategoryName": "Region",
        "TrackingCategoryOption": "North",
        "StatusAttributeString": "OK",
        "Discount": number(f"{dice.below(20)}.5"),
        "IsSupplier": dice.flip(),
        "IsCustomer": dice.flip(),
        "HasAttachments": dice.flip(),
        "HasValidationErrors": False,
        **_contact_lists(dice, index),
        **_contact_objects(dice),
    }


def _contact_lists(dice: Dice, index: int) -> Record:
    tracking = [
        {"TrackingCategoryName": "Region", "TrackingOptionName": dice.pick("North", "South")}
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
        "ContactGroups": [{"ContactGroupID": dice.uuid(), "Name": "VIP", "Status": "ACTIVE"}]
        if index % 3
        else [],
        "SalesTrackingCategories": tracking,
        "PurchasesTrackingCategories": tracking if index % 2 else [],
        "Attachments": [
            {
                "AttachmentID": dice.uuid(),
                "FileName": "scan.pdf",
                "Url": "https://ledger.example.com/a",
                "MimeType": "application/pdf",
                "ContentLength": dice.below(10**6),
                "IncludeOnline": False,
            },
        ],
        "ValidationErrors": [] if index % 20 else [{"Message": "Email address is not valid"}],
    }


def _contact_objects(dice: Dice) -> Record:
    owed = {"Outstanding": dice.money(), "Overdue": dice.money()}
    return {
        "PaymentTerms": {
            "Bills": {"Day": dice.below(28) + 1, "Type": "DAYSAFTERBILLDATE"},
            "Sales": {"Day": dice.below(28) + 1, "Type": "OFFOLLOWINGMONTH"},
        },
        "BrandingTheme": {
            "BrandingThemeID": dice.uuid(),
            "Name": "Standard",
            "LogoUrl": "https://example.com/logo.png",
            "Type": "INVOICE",
            "SortOrder": dice.below(10),
            "CreatedDateUTC": _date(dice),
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


def invoice(dice: Dice, index: int) -> Record:
    """Return an ordinary invoice: a resource that no stream is built in for."""
    return {
        "InvoiceNumber": f"INV-{index:05d}",
        "Type": dice.pick("ACCREC", "ACCPAY"),
        "Date": _date(dice),
        "DueDate": _date(dice),
        "Total": dice.money(),
        "AmountDue": dice.pick(0, number("10.50")),
        "Contact": {"ContactID": dice.uuid(), "Name": f"Company {dice.below(900)}"},
        "LineItems": [
            {"Description": "Hours", "Quantity": dice.below(9), "UnitAmount": dice.money()}
        ],
        "Tags": [],
    }
