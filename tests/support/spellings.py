"""The ways in which a server may write a value that it echoes."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable


def percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": lambda text: json.dumps(text)[1:-1],
    "json with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "json in json": lambda text: json.dumps(json.dumps(text))[3:-3],
    "all as \\u": escaped,
    "all as \\U": lambda text: escaped(text).upper().replace("\\U", "\\u"),
    "percent": lambda text: quote(text, safe=""),
    "percent, some safe": quote,
    "form": quote_plus,
    "all percent": percent,
    "twice percent": lambda text: quote(quote(text, safe=""), safe=""),
    "three times percent": lambda text: quote(quote(quote(text, safe=""), safe=""), safe=""),
    "html": html.escape,
    "html decimal": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "html hexadecimal": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "html twice": lambda text: html.escape(html.escape(text)),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hexadecimal": lambda text: text.encode().hex(),
    "between mark-up": lambda text: f"<b>{text}</b>",
}


def mixed(text: str) -> str:
    """Each character written in another way."""
    ways: list[Callable[[str], str]] = [
        str,
        lambda c: f"%{ord(c):02X}",
        escaped,
        lambda c: f"&#{ord(c)};",
        lambda c: f"\\x{ord(c):02x}",
    ]
    return "".join(ways[number % len(ways)](letter) for number, letter in enumerate(text))


def in_base64(before: str, behind: str = "", **altchars: bytes) -> Callable[[str], str]:
    """The base64 of a text with others around it."""
    return lambda text: base64.b64encode(f"{before}{text}{behind}".encode(), **altchars).decode()


FURTHER: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "small letters": str.lower,
    "\\x": lambda text: "".join(f"\\x{ord(letter):02x}" for letter in text),
    "%u": lambda text: "".join(f"%u{ord(letter):04X}" for letter in text),
    "\\u{}": lambda text: "".join(f"\\u{{{ord(letter):x}}}" for letter in text),
    "json in a url": lambda text: quote(json.dumps({"a": escaped(text)})),
    "a url in json in json": lambda text: json.dumps(json.dumps(quote(text, safe="")))[3:-3],
    "html in json": lambda text: text.replace("&", "\\u0026amp;").replace("/", "\\/"),
    "a url in html": lambda text: quote(text, safe="").replace("%", "&#37;"),
    "each in its own way": mixed,
    "mark-up within": lambda text: f"{text[:6]}<b>{text[6:9]}</b>{text[9:]}",
    "a soft break within": lambda text: f"{text[:5]}\u200b{text[5:]}",
    "two lines": lambda text: f"{text[:8]}\r\n  {text[8:]}",
    "id:secret": in_base64("id:"),
    "an id:secret": in_base64("an id:", ":x"),
    "secret of a longer id": in_base64("the-id:"),
    "json in base64": in_base64('{"client_secret": "', '"}'),
    "base64url of id:secret": in_base64("i:", altchars=b"-_"),
    "base64 in a url": lambda text: quote(in_base64("id:", "\xff")(text), safe=""),
    "base64 in json": lambda text: json.dumps(in_base64("??>")(text)).replace("/", "\\/"),
    "base64 without padding": lambda text: in_base64("id::")(text).rstrip("="),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper(),
    "UTF-16": "\0".join,
    "a bell after each": "\a".join,
    "blanks between": " ".join,
    "one in a line": "\n".join,
    "a list": lambda text: json.dumps(list(text)),
    "characters put together": '" + "'.join,
    "invisible marks between": "\ufe0f".join,
    "bytes that are none between": "\ufffd".join,
    "hexadecimal with colons": lambda text: text.encode().hex(":"),
    "hexadecimal of C": lambda text: " ".join(f"0x{byte:02x}" for byte in text.encode()),
    "octal": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "\\x{}": lambda text: "".join(f"\\x{{{ord(letter):x}}}" for letter in text),
}
