"""Rules: what the sandbox is to do with which request, and how often.

A rule has conditions (`stream` or `path`, `page`, `nth`: from the n-th such request on), a number
of `times` (none: for ever) and an action with its arguments (see `actions`).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from .actions import ACTIONS
from .catalog import RESOURCES

_CONDITIONS = ("stream", "path", "page", "nth")


@dataclass
class Rule:
    """An action, and the requests that it is for."""

    action: str
    stream: str | None = None
    path: str | None = None
    page: int | None = None
    nth: int = 1
    times: int | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    made: float = field(default_factory=time.monotonic)
    seen: int = 0

    def takes(self, path: str, stream: str | None, page: int | None) -> bool:
        """Say whether a request is one of those, and count it."""
        for wanted, given in ((self.stream, stream), (self.path, path), (self.page, page)):
            if wanted is not None and wanted != given:
                return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


class Plan:
    """What the rules say of one request."""

    def __init__(self, rules: list[Rule]) -> None:
        """Take the rules that apply, the newest last."""
        self.rules = rules

    def all(self, action: str) -> list[Rule]:
        """Return the rules with an action."""
        if not self.rules:
            return self.rules
        return [rule for rule in self.rules if rule.action == action]

    def get(self, action: str) -> dict[str, Any] | None:
        """Return the arguments of the newest rule with an action."""
        rules = self.all(action)
        return rules[-1].arguments if rules else None

    def __contains__(self, action: str) -> bool:
        """Say whether there is a rule with an action."""
        return bool(self.all(action))


class Rules:
    """All the rules there are."""

    def __init__(self) -> None:
        """Begin with none."""
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, action: str, **settings: Any) -> None:  # noqa: ANN401 -- what the action takes
        """Add a rule: its conditions, `times`, and the arguments of its action."""
        known = ACTIONS.get(action)
        if known is None:
            message = f"There is no action {action!r}: it is one of {', '.join(ACTIONS)}."
            raise ValueError(message)
        conditions = {name: settings.pop(name) for name in _CONDITIONS if name in settings}
        if conditions.get("stream", "events") not in RESOURCES:
            message = f"The sandbox has no stream {conditions['stream']!r}."
            raise ValueError(message)
        times = settings.pop("times", 1 if known.once else None)
        if not known.needs <= set(settings) <= known.needs | known.takes:
            message = (
                f"The action {action!r} needs {sorted(known.needs)} and may have "
                f"{sorted(known.takes)}, not {sorted(settings)}."
            )
            raise ValueError(message)
        with self._lock:
            self._rules.append(Rule(action, **conditions, times=times, arguments=settings))

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._rules.clear()

    def plan(self, path: str, stream: str | None = None, page: int | None = None) -> Plan:
        """Return what is to be done with a request."""
        with self._lock:
            return Plan([rule for rule in self._rules if rule.takes(path, stream, page)])
