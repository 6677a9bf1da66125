"""A local server that speaks both APIs, with real OAuth2, odd data and faults on request."""

from __future__ import annotations

from .limits import Limits
from .messages import LogEntry
from .server import Sandbox

__all__ = ["Limits", "LogEntry", "Sandbox"]
