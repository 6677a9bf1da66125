"""Whom a URL leads to: this machine itself, or the same server as another URL."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by its name or address alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs lead to the same scheme, host and port."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def same_host_url(link: str, url: str) -> str | None:
    """The address that a link leads to, where that is the server of another URL.

    Servers behind a proxy often write `http:` into links that are to be followed over `https:`:
    what is returned has the scheme and host of `url`, whatever the link says.

    Args:
        link: An address, whole or relative to `url`.
        url: An address on the own host.

    Returns:
        The whole address; None where the link leads to another host, or is no link.
    """
    own = urlsplit(url)
    try:
        target = urlsplit(urljoin(url, link))
        port = target.port or _PORTS.get(target.scheme)
        # The port that a scheme implies says nothing where the link only names another scheme.
        same_port = port == (own.port or _PORTS[own.scheme]) or not (target.port or own.port)
    except ValueError:
        return None
    if target.scheme not in _PORTS or target.hostname != own.hostname or not same_port:
        return None
    return urlunsplit((own.scheme, own.netloc, target.path, target.query, ""))
