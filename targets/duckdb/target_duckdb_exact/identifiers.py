"""Names and texts inside SQL, and inside sentences: what comes from outside never runs as SQL.

A stream's name and its fields' names come from the API. They get into a statement through `quoted`
and `literal` only.
"""

from __future__ import annotations

from .exceptions import NameRefusedError

_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_LONGEST_EXCERPT = 80


def quoted(*names: str) -> str:
    """Return a name as an SQL identifier; several as one, from the outermost to the innermost."""
    return ".".join('"{}"'.format(name.replace('"', '""')) for name in names)


def literal(text: str) -> str:
    """Return a text as an SQL string literal."""
    return "'{}'".format(text.replace("'", "''"))


def folded(name: str) -> str:
    """Return what DuckDB tells names apart by: it ignores the case of ASCII letters only."""
    return name.translate(_ASCII_LOWER)


def excerpt(text: str, limit: int = _LONGEST_EXCERPT) -> str:
    """Return a text for a sentence: in quotes, control characters escaped, cut where it is long."""
    return repr(text if len(text) <= limit else f"{text[:limit]}…")


def checked(name: str, what: str) -> str:
    """Return a name that DuckDB can have.

    Args:
        name: The name of a table or of a column.
        what: What it is called in a sentence.

    Raises:
        NameRefusedError: DuckDB cannot have it.
    """
    if not name:
        message = f"{what} has an empty name, which DuckDB does not allow."
        raise NameRefusedError(message)
    try:
        name.encode()
    except UnicodeEncodeError:
        message = (
            f"{what}, {excerpt(name)}, has a name with half a character in it (a lone surrogate), "
            "which cannot be stored as UTF-8."
        )
        raise NameRefusedError(message) from None
    return name
