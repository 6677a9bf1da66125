"""Violations of a JSON Schema, as sentences that people understand."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tap_analytics.records.names import SHOWN_LENGTH, listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from tap_analytics.records.json import JSON

TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
LONGEST_COMPARED = SHOWN_LENGTH
MOST_COMPARED = 500
"""Words beyond these are not looked through for the one that was meant."""

MOST_LISTED = 50
"""So many known words are listed."""

MOST_UNKNOWN = 5
"""So many unknown keys of one object have a sentence each; further ones are counted."""

MOST_VIOLATIONS = 200
"""So many violations are looked at: who made more made one mistake many times."""


def schema_violations(
    validator: Draft202012Validator, settings: Mapping[str, Any]
) -> dict[tuple[str | int, ...], list[str]]:
    """Find everything in the settings that does not have the right shape.

    Args:
        validator: The schema of the settings.
        settings: Plain values.

    Returns:
        Sentences, by the path of the value that they are about; one may be there twice. No
        sentence quotes a value that could be a secret.
    """
    violations: dict[tuple[str | int, ...], list[str]] = {}
    for error in islice(validator.iter_errors(settings), MOST_VIOLATIONS):
        violations.setdefault(tuple(error.absolute_path), []).extend(_sentences(error))
    return violations


def format_path(path: Iterable[str | int]) -> str:
    """Write a path as text, such as `resources[2].endpoint.paginator.limit`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = shown(step)
            text += f".{name}" if text else name
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word.

    Args:
        word: The unknown word.
        known: The known ones.

    Returns:
        The known word that is nearest; all of them where none is near.
    """
    import difflib  # noqa: PLC0415  # slow to load, and needed only where something is wrong

    names = sorted({name for name in known if name})
    by_lower = {name.lower(): name for name in reversed(names)}
    # Comparing takes the square of a word's length.
    likely = [name for name in by_lower if len(name) <= LONGEST_COMPARED][:MOST_COMPARED]
    near = difflib.get_close_matches(word[:LONGEST_COMPARED].lower(), likely, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{shown(by_lower[near[0]])}`?"
    if not names:
        return "there are none."
    return f"known are {listed(names, MOST_LISTED)}."


def _sentences(error: ValidationError) -> Iterator[str]:
    """Write one violation as sentences, one for each key that it is about."""
    path = format_path(error.absolute_path)
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        yield from _unknown_keys(path, schema, instance)
    elif error.validator == "required":
        missing = [name for name in rule if name not in instance]
        yield (
            f"{path}: `{missing[0]}` is missing."
            if len(missing) == 1
            else (f"{path}: {' and '.join(f'`{name}`' for name in missing)} are missing.")
        )
    elif schema == {}:
        yield f"{path}: `name` is not allowed there: each resource has a name of its own."
    elif "x-must" in schema:
        yield f"{path} must {schema['x-must']}."
    elif error.validator == "enum":
        yield _not_in_enum(path, schema, instance)
    else:
        yield f"{path} must {_rule(error)}."


def _unknown_keys(path: str, schema: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    """Say why a key is not supported, or which key was probably meant."""
    known = schema.get("properties", {})
    reasons = schema.get("x-unsupported", {})
    yield from (
        f"{path}: `{key}` is not supported: {reasons[key]}." for key in value if key in reasons
    )
    unknown = [key for key in value if key not in reasons and key not in known]
    for key in unknown[:MOST_UNKNOWN]:
        yield f"{path}: unknown key `{shown(key)}`: {did_you_mean(key, known)}"
    if more := unknown[MOST_UNKNOWN:]:
        yield f"{path}: {len(more):,} more unknown keys: {listed(more, 3)}."


def _not_in_enum(path: str, schema: dict[str, Any], value: JSON) -> str:
    """Say which values are allowed, and which was probably meant."""
    allowed = [choice for choice in schema["enum"] if choice is not None]
    reasons = schema.get("x-unsupported", {})
    if isinstance(value, str) and value in reasons:
        return f"{path}: `{value}` is not supported: {reasons[value]}."
    choices = ", ".join(f"`{choice}`" for choice in allowed)
    hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
    return f"{path} must be one of {choices}{': ' + hint if 'mean' in hint else '.'}"


def _rule(error: ValidationError) -> str:
    """End the sentence "PATH must ..." for the plain rules of JSON Schema."""
    value: Any = error.validator_value
    if error.validator == "type":
        types = [value] if isinstance(value, str) else value
        names = [TYPE_NAMES[name] for name in types if name != "null"]
        return f"be {' or '.join(names)}, not {_type_name(error.instance)}"
    rules = {
        "minimum": f"be at least {value}",
        "exclusiveMinimum": f"be more than {value}",
        "maximum": f"be at most {value}",
        "minLength": "not be empty",
        "uniqueItems": "not contain anything twice",
    }
    return rules.get(str(error.validator), f"satisfy the rule `{error.validator}`")


def _type_name(value: JSON) -> str:
    """Name the type of a value, never the value."""
    types = ("null", "boolean", "integer", "number", "string", "array", "object")
    checker = Draft202012Validator.TYPE_CHECKER
    return next((TYPE_NAMES[name] for name in types if checker.is_type(value, name)), "that")
