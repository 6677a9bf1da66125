"""Every edge case that the APIs' users have met, and in which records it shows.

Each is (the first record, every how many records, what differs there). What breaks a naive reader
at once is rare: it shows in one record of a thousand.
"""

from __future__ import annotations

from itertools import product

from .values import ABSENT, Record, number, slash_date

EdgeCase = tuple[int, int, Record]

_YEAR_1920 = -1_577_923_200_000 * 1_000

_BANK_TRANSACTIONS: list[EdgeCase] = [
    (1, 25, {"Reference": "Refund Date(2024)", "PrepaymentID": ABSENT, "BatchPayment": ABSENT}),
    (2, 25, {"Reference": "/Date(1573755038314)/", "CurrencyRate": number("1.2345678901")}),
    (3, 50, {"Total": number("12345678901234.5678"), "SubTotal": "12.00", "IsReconciled": "false"}),
    (4, 50, {"Date": slash_date(0), "Url": "", "LineItems": [], "OverpaymentID": ABSENT}),
    (5, 50, {"Date": slash_date(_YEAR_1920, zone=False), "HasAttachments": "TRUE"}),
    (6, 50, {"Date": "2024-02-29T23:59:59", "CurrencyRate": ABSENT, "Contact": {}}),
    (
        7,
        50,
        {"Date": "2024-02-29T23:59:59.5+13:00", "SourceSystem": {"Name": "till", "Lanes": [1, 2]}},
    ),
    (8, 100, {"Date": None, "BankAccount": None, "LineItems": None, "Total": number("-0.01")}),
    (11, 1000, {"TotalTax": "n/a"}),
    (12, 1000, {"Date": "31/12/2024"}),
    (13, 1000, {"Reference": "nul \x00 here", "ExternalLinkProviderName": "half \ud83d pair"}),
    (14, 1000, {"IsReconciled": "maybe", "reference": "a name that differs by case only"}),
    (
        15,
        1000,
        {
            "LineItems": [
                {"LineItemID": "a", "Quantity": "3", "UnitAmount": "n/a", "Description": "\x00"}
            ]
        },
    ),
]

_CONTACTS: list[EdgeCase] = [
    (1, 25, {"MergedToContactID": ABSENT, "Addresses": [], "Phones": ABSENT, "Balances": ABSENT}),
    (
        2,
        25,
        {"Name": "Date(2024) Ltd", "Discount": "12.00", "IsSupplier": "true", "EmailAddress": ""},
    ),
    (
        3,
        50,
        {
            "BrandingTheme": {
                "BrandingThemeID": "b",
                "SortOrder": "7",
                "CreatedDateUTC": slash_date(0),
            }
        },
    ),
    (
        4,
        50,
        {
            "Discount": None,
            "PaymentTerms": {},
            "NewInJune": [{"Depth": {"Deeper": number("1.2345678901")}}],
        },
    ),
    (
        5,
        50,
        {
            "Balances": {
                "AccountsReceivable": {
                    "Outstanding": number("12345678901234.5678"),
                    "Overdue": "0.00",
                }
            }
        },
    ),
    (
        6,
        1000,
        {"Name": "Emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 & \ud83d", "Website": "\x00"},
    ),
    (7, 1000, {"Discount": "ten percent", "HasAttachments": "perhaps"}),
]

_ENTITIES: dict[str, list[EdgeCase]] = {
    "buyers": [
        (1, 25, {"domain": None, "metadata": {"source": "crm", "tags": ["a", "b"]}}),
        (2, 25, {"name": "", "custom_properties": ABSENT, "registration_details": {"steps": []}}),
        (
            3,
            50,
            {
                "cloud_account_id": "000000000042",
                "latest_contract_id": ABSENT,
                "cloud_identifiers": None,
            },
        ),
        (4, 1000, {"name": "nul \x00 and half \ud83d", "domain": "\U0001f4b8.example.com"}),
    ],
    "listings": [
        (1, 25, {"eula_url": ABSENT, "metadata": {}, "long_description": None}),
        (2, 50, {"title": "Refund Date(2024)", "short_description": "/Date(1573755038314)/"}),
        (3, 50, {"title": "2024-02-29T12:00:00Z", "cloud_id": "00012"}),
    ],
    "contracts": [
        (
            1,
            25,
            {"auto_renew": "false", "end_at": None, "metadata": {"rate": number("1.2345678901")}},
        ),
        (2, 25, {"accepted_at": "2024-02-29T23:59:59-06:00", "start_at": "2024-02-29T23:59:59.1Z"}),
        (
            3,
            50,
            {"accepted_at": "2024-02-29 23:59:59.123456+00:00", "end_at": "2024-02-29T23:59:59"},
        ),
        (
            4,
            50,
            {"auto_renew": None, "duration": "", "cloud_identifiers": ABSENT, "end_at": ABSENT},
        ),
        (5, 1000, {"end_at": "sometime in May", "auto_renew": "unknown"}),
        (
            6,
            1000,
            {"end_at": "", "metadata": {"long": number("12345678901234.5678"), "nul": "\x00"}},
        ),
    ],
    "opportunities": [
        (1, 25, {"target_close_date": None, "stage": ABSENT}),
        (2, 1000, {"last_modified_at": None}),
        (3, 1000, {"last_modified_at": ABSENT}),
        (4, 1000, {"last_modified_at": None, "title": "half \ud83d"}),
    ],
    "private_offers": [
        (1, 25, {"archived": None, "accepted_at": ABSENT, "metadata": {"a": [{"b": "c"}]}}),
        (
            2,
            50,
            {
                "custom_properties": {},
                "name": "",
                "published_at": "2024-02-29T10:00:00.123456-06:00",
            },
        ),
        (3, 1000, {"archived": "yes, in May", "expiration_at": "2024-13-45T00:00:00Z"}),
    ],
}

_DISBURSEMENTS: list[EdgeCase] = [
    (1, 25, {"gross_revenue": "1234.50", "listing_fee": "-0.10", "offer_name": None}),
    (
        2,
        25,
        {"disbursement_time_in_days": None, "wholesale_cost": ABSENT, "metadata": {"run": "7"}},
    ),
    (
        3,
        50,
        {
            "gross_revenue": number("12345678901234.5678"),
            "listing_fee_percentage": number("1.2345678901"),
        },
    ),
    (
        4,
        50,
        {
            f"{party}_{part}": ""
            for party, part in product(("payer", "subscriber"), ("city", "country"))
        },
    ),
    (5, 1000, {"disbursement_time_in_days": "n/a"}),
    (6, 1000, {"gross_refund": "Not available", "product_title": "half \ud83d and \x00"}),
]

EDGE_CASES = {
    "bank_transactions": _BANK_TRANSACTIONS,
    "contacts": _CONTACTS,
    "analytics_marketplace_disbursements": _DISBURSEMENTS,
    **_ENTITIES,
}
