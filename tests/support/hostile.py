"""Names that an API may give its fields, and a table of them: quotes, SQL, control characters.

Nothing here is a name that anybody would choose. Every one of them is legal in JSON.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Messages = list[dict[str, Any]]

RESERVED = (
    *("select", "table", "user", "order", "group", "from", "where", "primary", "null", "default"),
    *("rowid", "ctid", "oid", "s", "t", "batch", "temp", "main", "excluded", "current_user", "all"),
)
BLANK = ("", " ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u200b", "\ufeff")
PIECES = (
    *("\"'`;,.()[]{}<>=*/\\|&%$#@!?:+-_~^"),
    *('""', "''", "--", "/*", "*/", "$$", "\\'", '\\"', "{}", "%s", "%(id)s", ":id", "?"),
    *("\0", "\x01", "\x07", "\x08", "\x1b[31m", "\x7f", "\x85", "\n", "\r", "\t"),
    *("é", "É", "ß", "日本", "😀", "\u202e", "\u2028", "a\u0301", "İ", "\ufdd0", "\U0010ffff"),
    *("select", "drop table", "id", "a", "Z", "0", " "),
)
STATEMENTS = (
    "COPY (SELECT 42) TO '{canary}/{n}.csv'",
    "ATTACH '{canary}/{n}.db' AS x{n}",
    "EXPORT DATABASE '{canary}/{n}'",
    "INSTALL httpfs",
    "CREATE TABLE planted{n} (a int)",
    "CREATE TABLE main.planted{n} AS SELECT 1",
    "DROP TABLE IF EXISTS victim",
    "DELETE FROM victim",
    "UPDATE victim SET id = 'changed'",
    "SET enable_external_access = true",
)
"""What a name tries to run."""
WAYS_OUT = (
    'a" varchar); {statement}; --',
    'a" varchar, primary key (id)); {statement}; --',
    'a"; {statement}; --',
    "a'; {statement}; --",
    'a") {statement}; --',
    'a" = 1; {statement}; --',
    "a'); {statement}; --",
    'x" from victim; {statement}; /*',
    'a"."b"; {statement} --',
    "{statement}",
)
"""How a name tries to get out of its quotes."""


def names(canary: Path, amount: str) -> list[str]:
    """Return hostile names.

    Args:
        canary: A directory that what they try to run would write to.
        amount: `all` for 600 and more; `few` for some 160, which have every kind of name, and
            each way out of the quotes with one statement.
    """
    whole = amount == "all"
    dice = random.Random(11)  # noqa: S311 -- made-up data
    numbered = itertools.count()
    payloads = [
        way.format(statement=statement.format(canary=canary, n=next(numbered)))
        for place, way in enumerate(WAYS_OUT)
        for statement in (STATEMENTS if whole else [STATEMENTS[place % len(STATEMENTS)]])
    ]
    made_up = [
        "".join(dice.choices(PIECES, k=dice.randint(1, 6))) for _ in range(460 if whole else 40)
    ]
    long = ["x" * 63, "x" * 64, "é" * 40, "y" * 300, "z" * 5_000, '"' * 200, "q" * 100_000]
    unloadable = ["\ud800", "a\udfffb"]
    found = [*RESERVED, *BLANK, *PIECES, *payloads, *made_up, *long, *unloadable]
    return list(dict.fromkeys(found))


def with_fields(stream: str, *names: str) -> Messages:
    """Return messages of a stream whose fields have these names.

    Each is a part of the key; beside it a field `NAME.v` changes its value and then its type, and a
    field `NAME.w` is added. Three rows come in batches of two, and then two of them again.
    """
    text, number = {"type": ["string", "null"]}, {"type": ["integer", "null"]}

    def schema(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 -- any JSON schema
        keys = {name: {"type": "string"} for name in names}
        others = {f"{name}.{field}": kind for name in names for field, kind in fields.items()}
        parts = {"type": "object", "properties": {**keys, **others}}
        return {"type": "SCHEMA", "stream": stream, "schema": parts, "key_properties": list(names)}

    def record(key: str, **cells: Any) -> dict[str, Any]:  # noqa: ANN401 -- any JSON value
        row = {f"{name}.{field}": cell for name in names for field, cell in cells.items()}
        return {"type": "RECORD", "stream": stream, "record": {**dict.fromkeys(names, key), **row}}

    return [
        schema(v=text),
        record("one", v="first"),
        record("two", v="second"),
        record("three", v=f"{names[0][:50]!a} is only a text here"),
        record("one", v="first, changed"),
        schema(v=number, w=text),
        record("two", v=2, w="added"),
        {"type": "STATE", "value": {"loaded": stream}},
    ]


def rows_with_fields(*names: str) -> list[dict[str, Any]]:
    """Return what of `with_fields` is to be in the table, by the names of the fields as they came.

    `NAME.old` is what `NAME.v` held before its type changed.
    """
    third = f"{names[0][:50]!a} is only a text here"
    rows = (
        ("one", "first, changed", None, None),
        ("three", third, None, None),
        ("two", "second", 2, "added"),
    )
    return [
        {
            f"{name}{field}": cell
            for name in names
            for field, cell in zip(("", ".old", ".v", ".w"), row, strict=True)
        }
        for row in rows
    ]


def with_stream(name: str) -> Messages:
    """Return messages of a stream of this name: a row, and the row again, changed."""
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "v": {"type": "string"}}}
    return [
        {"type": "SCHEMA", "stream": name, "schema": schema, "key_properties": ["id"]},
        {"type": "RECORD", "stream": name, "record": {"id": "one", "v": "first"}},
        {"type": "RECORD", "stream": name, "record": {"id": "two", "v": "second"}},
        {"type": "RECORD", "stream": name, "record": {"id": "one", "v": "changed"}},
        {"type": "STATE", "value": {"loaded": len(name)}},
    ]
