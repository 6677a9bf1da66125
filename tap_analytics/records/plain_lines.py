"""What is shown is text on one line: the last step of every log line, report and message.

Names are cut and counted where a sentence is made (`names.py`). This holds for all of it, whatever
comes from outside: no control character, line end or direction mark is left.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from tap_analytics.records.names import MOST_COUNTED, OTHERS, fitted, shown

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_MESSAGE = 10_000
LONGEST_NAME = 200
_WORD = re.compile(r"[a-z_ ]+")
SEVERAL_LINES = {"several_lines": True}
"""The `extra` of a log record that has line ends of the tap's own, such as a traceback."""


def plain(value: object, hide: Callable[[str], str]) -> object:
    """A part of the report with plain text only; of many names the first ones, others counted.

    Args:
        value: The part.
        hide: Takes the secrets out of a text; what may be a word of the report's own stays.
    """
    if isinstance(value, str):
        return _text(value, LONGEST_MESSAGE, hide)
    if isinstance(value, list):
        return [plain(item, hide) for item in value]
    if isinstance(value, dict):
        found = {
            _text(str(name), LONGEST_NAME, hide): plain(item, hide)
            for name, item in list(value.items())[:MOST_COUNTED]
        }
        others = list(value.values())[MOST_COUNTED:]
        if others:
            found[OTHERS] = sum(item for item in others if isinstance(item, int))
        return found
    return value


def _text(value: str, length: int, hide: Callable[[str], str]) -> str:
    return fitted(value if _WORD.fullmatch(value) else hide(value), length)


class _PlainLines(logging.Filter):
    """Makes the message of each record text on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if not text.isprintable() or len(text) > LONGEST_MESSAGE:
            lines = text.split("\n") if getattr(record, "several_lines", False) else [text]
            record.msg = "\n".join(shown(line, LONGEST_MESSAGE) for line in lines)
            record.args = ()
        return True


_filter = _PlainLines()
plain_loggers: set[logging.Logger] = set()
"""All loggers whose messages are text on one line."""


def plain_logger(name: str) -> logging.Logger:
    """A module's own logger: a filter holds for its own logger only, not for those below it."""
    logger = logging.getLogger(name)
    logs_plain_lines(logger)
    return logger


def logs_plain_lines(logger: logging.Logger) -> None:
    """From now on this logger's messages are text on one line; twice is the same as once."""
    logger.addFilter(_filter)
    plain_loggers.add(logger)
