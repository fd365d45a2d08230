"""Chromium's command line: it talks to nobody but the page's own origin, and does nothing on its own."""

from urllib.parse import urlsplit

FLAGS = (
    # WebRTC would open UDP sockets past every proxy and every interception.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)


def resolver_flag(proxy: str) -> str:
    """Behind the guard proxy the browser has no DNS: only the guard's own address is excluded."""
    return f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {urlsplit(proxy).hostname}"
