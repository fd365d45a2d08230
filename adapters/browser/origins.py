from typing import NamedTuple
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_PAGE_SCHEME = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class WebOrigin(NamedTuple):
    """Scheme, host and port of a web origin."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """`host:port`, IPv6 in brackets: as in Chromium's proxy rules."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def origin_of(url: str) -> WebOrigin | None:
    """The origin of an http(s) or ws(s) URL; None for any other scheme, for userinfo and for a malformed URL.

    A WebSocket has its page's origin: ws counts as http, wss as https. Hosts are compared as written:
    Chromium canonicalizes them first, so 2130706433 arrives here as 127.0.0.1.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = _PAGE_SCHEME.get(parts.scheme)
    if scheme is None or not parts.hostname or parts.username is not None or "\\" in parts.netloc:
        return None
    try:
        host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return WebOrigin(scheme, host.lower(), _PORTS[scheme] if port is None else port)
