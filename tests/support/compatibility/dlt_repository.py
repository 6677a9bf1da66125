"""Count how many of the configurations in a copy of dlt's repository run here with equal records.

    python -m tests.support.compatibility.dlt_repository PATH

Taken are the configurations that are plain JSON, of dlt's tests and of its documentation. They are
read by dlt and by the tap from one server: it responds as that of dlt's own tests does, and with a
few rows in the right place for other paths. dlt has to be installed (the group `bench`).
"""

from __future__ import annotations

import ast
import copy
import importlib
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.compatibility.dlt_server import DltServer
from tests.support.compatibility.reading import by_stream, run_tap

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "secret-value"
_BLOCK = re.compile(r"```(?:py|python)[^\n]*\n(.*?)```", re.DOTALL)
_FRACTION = re.compile(r"\.0{6}Z")


def configurations(copy_of_dlt: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each configuration, with the file and line; None where it is no plain JSON."""
    for file in sorted((copy_of_dlt / "tests/sources/rest_api").rglob("*.py")):
        yield from _in_source(file.read_text("utf-8"), file.name)
    for file in sorted((copy_of_dlt / "docs/website/docs").rglob("*.md")):
        text = file.read_text("utf-8")
        if "rest_api" in text:
            for block in _BLOCK.finditer(text):
                line = text.count("\n", 0, block.start())
                yield from _in_source(block[1], file.name, line)


def _in_source(
    source: str, name: str, line: int = 0
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if {"client", "resources"} <= keys:
                place = f"{name}:{line + node.lineno}"
                try:
                    value = ast.literal_eval(_Secrets().visit(copy.deepcopy(node)))
                    json.dumps(value)
                except (ValueError, TypeError):
                    yield place, None
                else:
                    yield place, value


class _Secrets(ast.NodeTransformer):
    """Puts a text in the place of `dlt.secrets[...]`."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # the library's name
        """A secret, or what it was."""
        return ast.Constant(SECRET) if "secrets" in ast.unparse(node.value) else node


def comparable(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """The records in an order of their own, without what either adds; instants in one form."""
    return {
        name: sorted(
            _FRACTION.sub(
                "Z",
                json.dumps(
                    {k: v for k, v in row.items() if k[0] != "_"}, sort_keys=True, default=str
                ),
            )
            for row in records
        )
        for name, records in rows.items()
        if records
    }


def outcome(server: DltServer, config: dict[str, Any]) -> str:
    """What becomes of a configuration: `equal`, or why not."""
    # Only where it is installed.
    rest_api_source = importlib.import_module("dlt.sources.rest_api").rest_api_source
    config = server.at_home(config)
    try:
        source = rest_api_source(copy.deepcopy(config))
        expected = comparable(
            {
                str(resource.table_name): [dict(row) for row in resource]
                for resource in source.selected_resources.values()
            }
        )
    except Exception as error:  # noqa: BLE001  # whatever dlt raises for a wrong configuration
        return f"dlt does not run it ({type(error).__name__})"
    try:
        read = run_tap(server.server, config, concurrency=1)
    except Exception as error:  # noqa: BLE001  # a refusal is counted, with its sentence
        said = "; ".join(getattr(error, "errors", None) or [str(error)])
        return f"refused: {said[:200]}"
    found = comparable(by_stream(read))
    if found == expected:
        return "equal"
    failed = [stream["error"] for stream in read.report["streams"] if stream["error"]]
    counts = {name: (len(expected[name]), len(found.get(name, ()))) for name in expected}
    return f"differs: {failed[0][:200] if failed else counts}"


def main(path: Path) -> int:
    """Print each configuration that is not equal, and the counts; 1 where less than 90 % are."""
    # What dlt's tests let fail is not waited for.
    os.environ |= {"RUNTIME__REQUEST_MAX_ATTEMPTS": "1", "RUNTIME__REQUEST_TIMEOUT": "5"}
    results: Counter[str] = Counter()
    seen = set()
    with DltServer(path) as server:
        for place, config in configurations(path):
            text = json.dumps(config, sort_keys=True)
            if config is None:
                results["no plain JSON"] += 1
            elif text not in seen:
                seen.add(text)
                sys.stderr.write(f"{place}\n")
                result = outcome(server, config)
                results[result.partition(":")[0].partition(" (")[0]] += 1
                if result != "equal":
                    sys.stdout.write(f"{place}: {result}\n")
                    sys.stdout.flush()
    equal = results["equal"]
    run = equal + results["refused"] + results["differs"]
    sys.stdout.write(
        f"{dict(results)}\n{equal} of {run} equal ({100 * equal / max(run, 1):.0f} %)\n"
    )
    return int(equal < 0.9 * run)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
