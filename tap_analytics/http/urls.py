"""Compares the hosts of URLs, so that credentials are sent to the API's own server only."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address stands for this machine; nothing is looked up."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def split_url(url: str, base: str = "") -> SplitResult:
    """The parts of a URL, which may be relative to another one; all empty where it is `http://[`."""
    try:
        parts = urlsplit(urljoin(base, url))
        parts.port  # noqa: B018  # it is read here, so that it raises here
    except ValueError:
        return urlsplit("")
    return parts


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def same_host_url(link: str, url: str) -> str | None:
    """The URL of a link, where it is on the same host as another URL.

    Servers behind a proxy often write `http:` into links that have to be followed over `https:`.
    So the result has the scheme and the host of `url`, whatever the link says.

    Args:
        link: A URL, absolute or relative to `url`.
        url: A URL on the API's own host.

    Returns:
        The absolute URL; None where the link is on another host or port, or is not a valid URL.
    """
    try:
        own = urlsplit(url)
        target = urlsplit(urljoin(url, link))
        port = target.port or _PORTS.get(target.scheme)
        # Without explicit ports the schemes may differ, and the ports that they imply with them.
        same_port = port == (own.port or _PORTS.get(own.scheme)) or not (target.port or own.port)
    except ValueError:
        return None
    if target.scheme not in _PORTS or target.hostname != own.hostname or not same_port:
        return None
    return urlunsplit((own.scheme, own.netloc, target.path, target.query, ""))
