import pytest

from adapters.browser.origins import WebOrigin, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Shop.example/x", WebOrigin("http", "shop.example", 80)),
        ("https://shop.example", WebOrigin("https", "shop.example", 443)),
        ("wss://shop.example:8443/s", WebOrigin("https", "shop.example", 8443)),
        ("http://[::1]:8080/", WebOrigin("http", "::1", 8080)),
        ("http://bücher.example/", WebOrigin("http", "xn--bcher-kva.example", 80)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: WebOrigin) -> None:
    """Default ports are filled in, names are lower case ASCII, a WebSocket counts as its page."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "data:text/html,x", "javascript:1", "chrome://version", "about:blank", "ftp://h/",
        "view-source:file:///x", "http://", "http://h:99999/", "http://user@h/", "http://h\\@e/",
        "http://[::1/", "",
    ],
)  # fmt: skip
def test_everything_else_has_none(url: str) -> None:
    """URLs with another scheme, userinfo, backslashes or nonsense have no origin."""
    assert origin_of(url) is None


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1.:80/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://localhost/"],
)
def test_disguises_are_not_the_origin(url: str) -> None:
    """Another spelling of an allowed host is another host."""
    assert origin_of(url) != WebOrigin("http", "127.0.0.1", 80)
