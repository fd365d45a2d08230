"""Chromium's command line: it talks to nobody but the guard, and does nothing on its own."""

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
    # The browser has no DNS: names are the guard's business. Only the guard's own address is excluded.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
