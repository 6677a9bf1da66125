"""Count how many of the configurations in a copy of dlt's repository run here with equal records.

    python -m tests.support.compatibility.dlt_repository PATH [COLLECTION]

With a COLLECTION, a folder of Python and Markdown files, those in there are counted instead.
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

from tap_analytics.config.resources.defaults import stream_name
from tests.support.compatibility.dlt_server import DltServer
from tests.support.compatibility.reading import by_stream, run_tap

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "secret-value"
_GIVEN = ("dlt.secrets.value", "dlt.config.value")
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


def collected(folder: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each configuration in a folder's Python and Markdown files."""
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".py":
            yield from _in_source(file.read_text("utf-8", "replace"), file.name)
        elif file.suffix == ".md":
            for block in _BLOCK.finditer(file.read_text("utf-8", "replace")):
                yield from _in_source(block[1], file.name)


def _in_source(
    source: str, name: str, line: int = 0
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node, function in _with_function(tree, None):
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if {"client", "resources"} <= keys and _has_resources(node):
                place = f"{name}:{line + node.lineno}"
                for values in _values_of_names(node, function, tree):
                    yield place, _literal(node, values)


def _has_resources(node: ast.Dict) -> bool:
    """Whether it is more than an outline."""
    return not any(
        isinstance(key, ast.Constant) and key.value == "resources" and not getattr(value, "elts", 1)
        for key, value in zip(node.keys, node.values, strict=True)
    )


def _literal(node: ast.AST, values: dict[str, ast.expr]) -> Any:  # noqa: ANN401  # any JSON
    """What a literal stands for; None where it is no plain JSON."""
    filled = _Filled(values).visit(copy.deepcopy(node))
    try:
        return json.loads(json.dumps(ast.literal_eval(filled)))
    except (ValueError, TypeError):
        return None


def _with_function(
    node: ast.AST, function: ast.FunctionDef | None
) -> Iterator[tuple[ast.AST, ast.FunctionDef | None]]:
    """Every node, with the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        yield child, function
        yield from _with_function(child, child if isinstance(child, ast.FunctionDef) else function)


def _values_of_names(
    node: ast.AST, function: ast.FunctionDef | None, tree: ast.Module
) -> list[dict[str, ast.expr]]:
    """What the names in a configuration stand for: one set of values for each case of a test."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    if function is None or not names:
        return [{}]
    defaults = function.args.defaults
    own = [each.arg for each in function.args.args]
    known = dict(zip(own[len(own) - len(defaults) :], defaults, strict=True))
    cases = [known, *(known | values for values in _calls(function, tree))]
    for decorator in function.decorator_list:
        given = [dict(values) for values in _parametrized(decorator)]
        if given and names & given[0].keys():
            cases = [case | values for case in cases for values in given]
    # A helper's own defaults are no case where tests call it.
    return cases[1:] if len(cases) > 1 and not names <= cases[0].keys() else cases


def _calls(function: ast.FunctionDef, tree: ast.Module) -> Iterator[dict[str, ast.expr]]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == function.name:
            yield {each.arg: each.value for each in call.keywords if each.arg}


def _parametrized(decorator: ast.expr) -> Iterator[Iterator[tuple[str, ast.expr]]]:
    """The values of each case of `pytest.mark.parametrize`."""
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith(
        "parametrize"
    ):
        return
    names, cases = decorator.args[:2]
    listed = ast.literal_eval(names)
    split = listed.replace(" ", "").split(",") if isinstance(listed, str) else [*listed]
    for case in getattr(cases, "elts", []):
        values: list[ast.expr] = [case]
        if isinstance(case, ast.Call):
            values = case.args
        elif len(split) > 1:
            values = getattr(case, "elts", [])
        yield zip(split, values, strict=False)


class _Filled(ast.NodeTransformer):
    """Puts values in the place of names, and a text in that of `dlt.secrets[...]`."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        """Take the values by name."""
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:  # the library's name
        """The value, or the name where there is none."""
        value = self._values.get(node.id)
        return node if value is None else self.visit(copy.deepcopy(value))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # the library's name
        """A secret, where it is `dlt.secrets.value`."""
        return ast.Constant(SECRET) if ast.unparse(node) in _GIVEN else self.generic_visit(node)

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
    for routes in (True, False):
        home = server.at_home(config, routes=routes)
        try:
            source = rest_api_source(copy.deepcopy(home))
            rows: dict[str, list[dict[str, Any]]] = {}
            for resource in source.selected_resources.values():
                # Several resources may fill one table.
                table = rows.setdefault(stream_name(str(resource.table_name)), [])
                table += [dict(row) for row in resource]
            expected = comparable(rows)
        except Exception as error:  # noqa: BLE001  # whatever dlt raises
            failed = f"dlt does not run it ({type(error).__name__})"
        else:
            break
    else:
        return failed
    try:
        read = run_tap(server.server, home, concurrency=1)
    except Exception as error:  # noqa: BLE001  # a refusal is counted, with its sentence
        said = "; ".join(getattr(error, "errors", None) or [str(error)])
        return f"refused: {said[:200]}"
    found = comparable(by_stream(read))
    if found == expected:
        return "equal"
    if all(
        len(set(rows)) < len(rows) and {*rows} <= {*found[name]}
        for name, rows in _differing(expected, found)
    ):
        return "dlt reads the same page again and again"
    errors = [stream["error"] for stream in read.report["streams"] if stream["error"]]
    counts = {name: (len(expected[name]), len(found.get(name, ()))) for name in expected}
    return f"differs: {errors[0][:200] if errors else counts}"


def _differing(
    expected: dict[str, list[str]], found: dict[str, list[str]]
) -> list[tuple[str, list[str]]]:
    names = expected.keys() | found.keys()
    return [
        (name, expected.get(name, []))
        for name in names
        if expected.get(name, []) != found.setdefault(name, [])
    ]


def main(path: Path, collection: Path | None = None) -> int:
    """Print each configuration that is not equal, and the counts; 1 where less than 90 % are."""
    # What dlt's tests let fail is not waited for.
    os.environ |= {"RUNTIME__REQUEST_MAX_ATTEMPTS": "1", "RUNTIME__REQUEST_TIMEOUT": "5"}
    results: Counter[str] = Counter()
    seen = set()
    with DltServer(path) as server:
        for place, config in collected(collection) if collection else configurations(path):
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
    sys.exit(main(*map(Path, sys.argv[1:3])))
