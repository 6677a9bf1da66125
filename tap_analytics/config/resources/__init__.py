"""Resources by configuration: the settings `resources`, `resource_defaults` and `client`.

They have the form that dlt's REST source uses. This room reads them, says what is wrong with
them, and hands on what is right in one spelling. It makes no request and knows no stream.
"""

from __future__ import annotations

from tap_analytics.config.resources.client_block import client_settings
from tap_analytics.config.resources.model import (
    ErrorHandler,
    Incremental,
    Paginator,
    PaginatorType,
    Resolve,
    Resource,
)
from tap_analytics.config.resources.parsing import parse_resources, problems

__all__ = [
    "ErrorHandler",
    "Incremental",
    "Paginator",
    "PaginatorType",
    "Resolve",
    "Resource",
    "client_settings",
    "parse_resources",
    "problems",
]
