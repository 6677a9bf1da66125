"""Records of the disbursements dataset: wide, without a modification time, full of sentinels.

There are many of them, so a record is made by filling in the blanks of one JSON text.
"""

from __future__ import annotations

from .values import Record, SeededRandom, dumps, number

_CITIES = ("Bath", "S\u00e3o Paulo", "Not available")
_AMOUNTS = (
    "aws_tax_share_listing_fee",
    "aws_tax_share_refund_listing_fee",
    "disbursed_net_revenue",
    "gross_refund",
    "gross_revenue",
    "listing_fee",
    "listing_fee_refund",
    "seller_net_revenue",
    "seller_tax_share",
    "seller_tax_share_refund",
    "undisbursed_net_revenue",
    "wholesale_cost",
    "wholesale_cost_refund",
)
_BLANKS: Record = {
    "agreement_acceptance_date": "%(day)s",
    "agreement_end_date": "%(end)s",
    "agreement_id": "agmt-%(agreement)06d",
    "agreement_start_date": "%(day)s",
    "aws_seller_of_record": "AWS Europe",
    "currency": "USD",
    "customer_reference_id": "%(bits)016x",
    "disburse_bank_trace_id": "%(trace)s",
    "disbursement_date": "%(paid_on)s",
    "disbursement_period": "%(period)s",
    "disbursement_status": "%(status)s",
    "invoice_date": "%(day)s",
    "invoice_id": "%(invoice)010d",
    "isv_account_id": "%(isv)012d",
    "isv_company_name": "Not available",
    "listing_fee_invoice_id": "%(invoice)012d",
    "offer_id": "offer-%(offer)d",
    "offer_name": "%(offer_name)s",
    "offer_visibility": "Private",
    "payment_due_date": "%(end)s",
    "payment_terms": "Net 30",
    "product_code": "p%(product)d",
    "product_id": "prod-%(product)d",
    "product_title": "Widget \u2122",
    "resale_authorization_description": "Not available",
    "resale_authorization_id": "Not available",
    "resale_authorization_name": "Not available",
    "reseller_aws_account_id": "Not available",
    "reseller_company_name": "Not available",
    "transaction_reference_id": "t-%(bits)016x",
    "usage_period_start_date": "%(day)s",
    "usage_period_end_date": "%(end)s",
}
for _party in ("payer", "subscriber"):
    _BLANKS |= {
        f"{_party}_address_id": f"addr-%({_party})d",
        f"{_party}_aws_account_id": f"%({_party})012d",
        f"{_party}_city": f"%({_party}_city)s",
        f"{_party}_company_name": f"Company %({_party})d",
        f"{_party}_country": "GB",
        f"{_party}_email_domain": "example.com",
        f"{_party}_postal_code": f"%({_party})05d",
        f"{_party}_state_or_region": "Not available",
    }
_BLANKS |= {name: number(f"%({name})s") for name in _AMOUNTS}
_BLANKS["listing_fee_percentage"] = number("0.0300000000")
_BLANKS["disbursement_time_in_days"] = number("%(days)d")
_TEXT = dumps(_BLANKS, escaped=False)[1:]


def disbursement(rng: SeededRandom, index: int, key: str | None) -> str:
    """Return an ordinary disbursement as JSON."""
    day, end, paid = rng.day(), rng.day(), rng.below(3) > 0
    payer, subscriber = rng.below(900), rng.below(900)
    facts = {
        "day": day,
        "end": end,
        "agreement": index % 700,
        "bits": rng.getrandbits(64),
        "trace": f"{rng.below(10**9):015d}" if paid else "Not available",
        "paid_on": end if paid else "Not available",
        "period": end[:7],
        "status": "Disbursed" if paid else "Not Disbursed",
        "invoice": rng.below(10**8),
        "isv": index % 50,
        "offer": index % 300,
        "offer_name": "Not available" if index % 3 else "Spring",
        "product": index % 40,
        "payer": payer,
        "payer_city": _CITIES[payer % 3],
        "subscriber": subscriber,
        "subscriber_city": _CITIES[subscriber % 3],
        "days": index % 60,
        **{name: rng.amount() for name in _AMOUNTS},
    }
    return ("{" if key is None else f'{{"id":"{key}",') + _TEXT % facts
