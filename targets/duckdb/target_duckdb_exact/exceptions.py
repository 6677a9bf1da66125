"""Why a run ends before its time: each of these is a sentence for the person who reads the log."""

from __future__ import annotations


class TargetError(RuntimeError):
    """Something cannot be loaded: the run ends with exit code 1, and no further state goes out."""


class MessageError(TargetError):
    """A line of the input is no Singer message, or one that comes at the wrong time."""


class NameRefusedError(TargetError):
    """DuckDB cannot have a table or a column of this name."""


class RowsLostError(TargetError):
    """A batch is not in the database as it should be."""
