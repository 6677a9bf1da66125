"""Play the model: `python -m tests.completeness.model [--large] [words of a world's name]`."""

from __future__ import annotations

import sys
from time import monotonic

from tests.completeness.model.execution import check
from tests.completeness.model.worlds import large, small


def main(arguments: list[str]) -> None:
    """Play all worlds, and write how many executions each has."""
    words = [word for word in arguments if not word.startswith("-")]
    total, began = 0, monotonic()
    for name, world in large() if "--large" in arguments else small():
        if all(word in name for word in words):
            start = monotonic()
            executions = check(world)
            total += executions
            sys.stdout.write(f"{executions:>9,} {monotonic() - start:7.1f} s  {name}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{total:>9,} {monotonic() - began:7.1f} s  none lost\n")


if __name__ == "__main__":
    main(sys.argv[1:])
