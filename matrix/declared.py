"""Targets that need an account: which columns they would create, and what these cannot hold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .cells import Table

STEPS = Path(__file__).parent / "schema_steps"
DOUBLE = "digits from the 16th to 18th on"
NESTED = "digits of nested numbers; fields that the schema does not name are refused"


@dataclass(frozen=True)
class Declared:
    """A target whose schema step alone is tried."""

    name: str
    package: str
    program: str
    """The file in `schema_steps` that the target's own Python runs."""
    advice: str
    variant: str = ""
    arguments: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Further packages that it needs beside its own, by its age."""
    lossy: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What a column's type cannot hold of a field's type."""


DECLARED = (
    Declared(
        "meltanolabs-target-snowflake",
        "meltanolabs-target-snowflake~=0.20.4",
        "snowflake_columns.py",
        "`timestamp_type: TIMESTAMP_TZ`, where the offset is to be in the column: the instant is"
        " right without it, since the tap sends UTC",
        lossy={
            ("number", "FLOAT"): DOUBLE,
            ("date-time", "TIMESTAMP_NTZ"): "the offset, which is always UTC",
        },
    ),
    *(
        Declared(
            "z3-target-bigquery",
            "z3-target-bigquery==0.7.2",
            "bigquery_columns.py",
            "`upsert: true`: without it each run adds its records again",
            variant=f"`denormalized`, `schema_resolver_version: {version}`",
            arguments=(version,),
            also=("setuptools<80",),
            lossy={
                ("number", "FLOAT"): DOUBLE,
                ("object", "RECORD"): NESTED,
                ("array", "RECORD REPEATED"): f"{NESTED}; null becomes an empty list",
                ("array", "STRING REPEATED"): "null becomes an empty list",
            },
        )
        for version in ("1", "2")
    ),
)


@dataclass
class Columns:
    """The columns that one target would create."""

    target: Declared
    error: str = ""
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many columns, by the field's type and the column's."""
    without: list[str] = field(default_factory=list)
    """The fields that have no column."""


def kind(schema: Mapping[str, Any]) -> str:
    """Return a field's type: its format where it is a date-time, and not `null`."""
    if "format" in schema:
        return str(schema["format"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return str(next(name for name in types if name != "null"))


def match(
    schemas: Mapping[str, Table], made: Mapping[str, Mapping[str, str]]
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Return what a target makes of the fields; its names of columns may have any case.

    Args:
        schemas: The streams' tables.
        made: What the program of `schema_steps` printed.

    Returns:
        The number of columns by the field's type and the column's; the fields without a column.
    """
    kinds: Counter[tuple[str, str]] = Counter()
    without: list[str] = []
    for stream, table in schemas.items():
        columns = {name.strip('"').lower(): type_ for name, type_ in made[stream].items()}
        for name, schema in table.schema["properties"].items():
            if name.lower() in columns:
                kinds[kind(schema), columns[name.lower()]] += 1
            else:
                without.append(f"{stream}.{name}")
    return kinds, without


def ask(target: Declared, schemas: Mapping[str, Table], environments: Path) -> Columns:
    """Install a target into an environment of its own, and ask for its columns."""
    environment = environments / target.name
    python = str(environment / "bin" / "python")
    uv = str(Path(sys.executable).parent / "uv")
    commands = (
        [uv, "venv", "-q", "--allow-existing", "--python", sys.executable, str(environment)],
        [uv, "pip", "install", "-q", "--python", python, target.package, *target.also],
    )
    for command in commands:
        if subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 -- uv
            return Columns(target, error="does not install")
    streams = {
        name: {"schema": table.schema, "key_properties": table.keys}
        for name, table in schemas.items()
    }
    run = subprocess.run(  # noqa: S603 -- the target's Python
        [python, str(STEPS / target.program), *target.arguments],
        input=json.dumps(streams),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        lines = run.stderr.strip().splitlines()
        return Columns(target, error=lines[-1][:120] if lines else "no message")
    kinds, without = match(schemas, json.loads(run.stdout))
    return Columns(target, kinds=kinds, without=without)


HEAD = """
## By their schema step

Snowflake and BigQuery need an account, so no cell was loaded. What can be seen without one: each
target was installed, given the schemas of all streams, and asked for the columns that it would
create. "Lost" is what a column of that type cannot hold.

| target | field | column | fields | lost |
|---|---|---|---|---|
"""


def section(results: Iterable[Columns]) -> str:
    """Return the section of the page."""
    lines, advice = [], []
    for result in results:
        name = f"{result.target.name} {result.target.variant}".strip()
        if result.error:
            lines.append(f"| {name} | {result.error} | | | |")
            continue
        for (of, to), count in sorted(result.kinds.items()):
            lost = result.target.lossy.get((of, to), "nothing")
            lines.append(f"| {name} | {of} | {to} | {count} | {lost} |")
        if result.without:
            lines.append(f"| {name} | no column: {', '.join(result.without)} | | | all |")
        advice.append(f"- {name}: {result.target.advice}.")
    return HEAD + "\n".join(lines) + "\n\nWhat to set:\n\n" + "\n".join(advice) + "\n"
