"""Responses byte for byte: ordinary ones, and any others."""

from __future__ import annotations

BODY = b'{"results": [{"id": 1}]}'
ORDINARY = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n" + BODY,
    b"HTTP/1.1 200\r\ncontent-length:24\r\n\r\n" + BODY,
    b"HTTP/1.1 404 Not Found\r\nContent-Length:   24\r\nX-A: 1\r\nx-a: 2\r\n\r\n" + BODY,
    b"HTTP/1.1 503 \xe4\r\nX-B: \xfc ; q\r\nConnection: Keep-Alive\r\nContent-Length: 24\r\n\r\n"
    + BODY,
    b"HTTP/1.1 200 OK\r\nSet-Cookie: a=0\r\nSet-Cookie: a=0\r\nContent-Length: 0\r\n\r\n",
]
OTHERS = [
    b"HTTP/1.0 200 OK\r\nContent-Length: 24\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
    b"HTTP/1.1 204 No Content\r\nContent-Length: 24\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 24\r\n\r\n",
    b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n" + BODY + b"\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 24\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 24\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\nContent-Length: 2\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\nX-A: 1\r\n folded\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\nContent-Length: 24\n\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\nno header\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n" + b"X: 1\r\n" * 101 + b"\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 24",
    b"",
]
