"""Chromium's command line: all traffic goes through the egress proxy, and no background requests are made."""

FLAGS = (
    # WebRTC would open UDP sockets that bypass the proxy and request interception.
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
    # The egress proxy resolves names; the browser itself may only connect to the proxy's own address.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
