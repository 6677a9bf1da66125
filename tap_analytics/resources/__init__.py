"""Resources by configuration: the settings `resources`, `resource_defaults` and `client`.

They have the form that dlt's REST source uses. This room reads them, says what is wrong with
them, and hands on what is right in one spelling. It makes no request and knows no stream.
"""

from __future__ import annotations

from .client import client_settings
from .declarations import declarations, problems
from .model import ErrorHandler, Incremental, Paginator, PaginatorType, Resolve, Resource

__all__ = [
    "ErrorHandler",
    "Incremental",
    "Paginator",
    "PaginatorType",
    "Resolve",
    "Resource",
    "client_settings",
    "declarations",
    "problems",
]
