"""The records that the sandbox serves: one module for each API, and every edge case."""

from __future__ import annotations

from . import accounting, disbursements, marketplace
from .edge_cases import EDGE_CASES

__all__ = ["EDGE_CASES", "accounting", "disbursements", "marketplace"]
