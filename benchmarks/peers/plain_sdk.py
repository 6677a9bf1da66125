"""A plain Singer tap: what the SDK's project template gives, and nothing tuned.

With `writer: msgspec` in its configuration it uses the SDK's own msgspec writer.
"""

from __future__ import annotations

import decimal
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import BasePageNumberPaginator

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import requests
    from singer_sdk.helpers.types import Context
    from singer_sdk.streams.rest import HTTPRequest, PageContext


class PrivateOffers(RESTStream[int]):
    """The one stream."""

    name = "private_offers"
    path = "/private_offers"
    primary_keys = ("id",)
    replication_key = "last_modified_at"
    records_jsonpath = "$.results[*]"

    schema = th.PropertiesList(
        th.Property("id", th.StringType, required=True),
        th.Property("last_modified_at", th.DateTimeType),
        th.Property("cloud", th.StringType),
        th.Property("status", th.StringType),
        th.Property("accepted_at", th.DateTimeType),
        th.Property("archived", th.BooleanType),
        th.Property("cloud_id", th.StringType),
        th.Property("cloud_url", th.StringType),
        th.Property(
            "custom_properties",
            th.ObjectType(
                th.Property("seats", th.IntegerType),
                th.Property("list_price", th.NumberType),
                th.Property("regions", th.ArrayType(th.StringType)),
                th.Property(
                    "contact",
                    th.ObjectType(
                        th.Property("name", th.StringType),
                    ),
                ),
            ),
        ),
        th.Property("duration", th.StringType),
        th.Property("eula_type", th.StringType),
        th.Property("expiration_at", th.DateTimeType),
        th.Property(
            "external_object_associations",
            th.ObjectType(th.Property("crm", th.ArrayType(th.StringType))),
        ),
        th.Property("listing_id", th.StringType),
        th.Property("name", th.StringType),
        th.Property("offer_type", th.StringType),
        th.Property("published_at", th.DateTimeType),
    ).to_dict()

    @property
    @override
    def url_base(self) -> str:
        base_url: str = self.config["base_url"]
        return base_url

    @property
    @override
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["auth_token"])

    @override
    def get_new_paginator(self) -> BasePageNumberPaginator:
        return BasePageNumberPaginator(start_value=1)

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params["page"] = page.next_page_token
        if self.config.get("page_size"):
            request.params["page_size"] = self.config["page_size"]
        start = self.get_starting_timestamp(page.stream_context)
        if self.config.get("incremental") and start:
            request.params["last_modified_at_after"] = start.isoformat()
        return request

    @override
    def get_replication_key_signpost(self, context: Context | None) -> datetime | Any | None:
        """The SDK's own, by the clock of the server where a test gives that another time."""
        signpost = super().get_replication_key_signpost(context)
        if isinstance(signpost, datetime):
            signpost += timedelta(seconds=float(self.config.get("clock_ahead") or 0))
        return signpost

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        yield from extract_jsonpath(
            self.records_jsonpath,
            input=response.json(parse_float=decimal.Decimal),
        )


class PlainTap(Tap):
    """The tap around it."""

    name = "tap-plain"
    config_jsonschema = th.PropertiesList(
        th.Property("base_url", th.StringType, required=True),
        th.Property("auth_token", th.StringType, required=True, secret=True),
        th.Property("page_size", th.IntegerType),
        th.Property("incremental", th.BooleanType),
        th.Property("clock_ahead", th.NumberType),
    ).to_dict()

    @override
    def discover_streams(self) -> Sequence[PrivateOffers]:
        return [PrivateOffers(self)]


class PlainTapWithMsgspec(PlainTap):
    """The same with the SDK's fast writer, which is one line for a developer."""

    message_writer_class = MsgSpecWriter


if __name__ == "__main__":
    tap = PlainTapWithMsgspec if sys.argv.pop(1) == "msgspec" else PlainTap
    tap.cli()
