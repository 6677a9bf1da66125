"""The accounting API: bank transactions and contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.client import AnalyticsStream
from tap_analytics.http.retry import RetryPolicy
from tap_analytics.rest.response.document import MISSING, NoRecordsError

if TYPE_CHECKING:
    from tap_analytics.rest.response.document import JSONBody


class AccountingStream(AnalyticsStream):
    """What the accounting API's resources have in common."""

    replication_key = "UpdatedDateUTC"
    start_header = "If-Modified-Since"
    learns_start_format = False
    order_param = "order"
    time_order = ("UpdatedDateUTC", "UpdatedDateUTC DESC")
    page_count_path = "pagination.pageCount"
    retry_policy = RetryPolicy(frozenset({401, 403, 429}), backoff="constant", backoff_factor=30)

    def check_envelope(self, document: JSONBody) -> None:
        """An envelope carries its own status beside that of HTTP."""
        status = document.get(("Status",))
        if status is not MISSING and status != "OK":
            message = f"its `Status` is {status!r}"
            raise NoRecordsError(message)


class BankTransactions(AccountingStream):
    """Money spent and received through bank accounts."""

    name = "bank_transactions"
    path = "/v1/bank_transactions"
    data_selector = "BankTransactions"
    primary_keys = ("BankTransactionID",)


class Contacts(AccountingStream):
    """People and organisations that the business trades with."""

    name = "contacts"
    path = "/v1/contacts"
    data_selector = "Contacts"
    primary_keys = ("ContactID",)
