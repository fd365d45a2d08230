"""Why a page could not be opened, in words that say what to do.

Each begins with its kind: denied, missing, busy, failing, certificate, unreachable, timeout, wrong-product.
"""

import re
from urllib.parse import urlsplit

from adapters.dashboards.page.fetch import FetchResponse
from missions.errors import BrowserError

_ADDRESS = re.compile(r" at \S+")
"""It may hold a token in its query."""
_PATH_LENGTH = 200
_TOO_MANY = 429
_SERVER_ERROR = 500
_DENIED = frozenset({401, 403, 407})
_MISSING = frozenset({404, 410})
_NETWORK_ERRORS = {
    "ERR_CERT_AUTHORITY_INVALID": (
        "certificate: the browser does not know the authority that signed it; "
        "add that authority to the system's store of the browser worker"
    ),
    "ERR_CERT_COMMON_NAME_INVALID": (
        "certificate: it is for another host; use the name that it is for as the base URL"
    ),
    "ERR_CERT_DATE_INVALID": "certificate: it has expired or is not valid yet; renew it, or check the clocks",
    "ERR_CERT_REVOKED": "certificate: it was revoked; renew it",
    "ERR_CERT_WEAK": "certificate: it is signed by a method that browsers refuse; renew it",
    "ERR_CERT_": "certificate: the browser does not accept it; renew it, or check its chain",
    "ERR_SSL_PROTOCOL_ERROR": "certificate: the port does not speak TLS; is the base URL one of http://?",
    "ERR_SSL_VERSION_OR_CIPHER_MISMATCH": "certificate: the server's TLS is too old for the browser",
    "ERR_BAD_SSL_CLIENT_AUTH_CERT": "denied: the server wants a certificate from the browser, which has none",
    "ERR_TOO_MANY_REDIRECTS": (
        "unreachable: the page redirects in a circle; check the server's own root URL, and its login"
    ),
    "ERR_EMPTY_RESPONSE": "unreachable: the server closed the connection; is the base URL one of https://?",
    "ERR_INVALID_HTTP_RESPONSE": (
        "unreachable: what answers there does not speak HTTP; check the port of the base URL"
    ),
}
"""By Chromium's names of network errors; the first one that the error's text holds counts."""


def status_error(status: int, url: str, product: str = "") -> BrowserError:
    """The error of a page that was answered with an HTTP error.

    `product` is the one that is known by an answer at this URL, "" for an ordinary page.
    """
    if status in _DENIED:
        return BrowserError(
            f"denied: {path_of(url)} answered HTTP {status}; check the connector's token or login"
        )
    if status in _MISSING and product:
        return wrong_product(product, url, url)
    if status in _MISSING:
        return BrowserError(
            f"missing: there is nothing at {path_of(url)} (HTTP {status}); check the page's path, "
            "and the sub-path in the base URL"
        )
    if status == _TOO_MANY:
        return BrowserError(f"busy: the server answered HTTP {status}: it gets too many requests")
    if status >= _SERVER_ERROR:
        return BrowserError(
            f"failing: the server answered HTTP {status}; it may be starting, or have too much to do"
        )
    return BrowserError(f"unreachable: the page answered HTTP {status}")


def network_error(text: str) -> BrowserError:
    """The error of a page that was not answered; `text` is what the browser says, with the address."""
    words = next((words for name, words in _NETWORK_ERRORS.items() if name in text), None)
    return BrowserError(f"unreachable: {_ADDRESS.sub('', text)}" if words is None else words)


def fetch_error(response: FetchResponse, url: str) -> BrowserError:
    """The error of an answer that did not come, came with an HTTP error, or is too large to be the one."""
    if response.large:
        return BrowserError(f"wrong-product: the answer of {path_of(url)} is too large; check the base URL")
    if response.status:
        return status_error(response.status, url)
    return BrowserError(f"timeout: {path_of(url)} did not answer; if it is only slow, ask again later")


def too_slow(seconds: float) -> BrowserError:
    """The error of a page that did not open in time."""
    return BrowserError(
        f"timeout: the page did not open within {seconds:g} s; "
        "if it is only slow, raise limits.openSeconds of its connector"
    )


def wrong_product(product: str, asked: str, landed: str) -> BrowserError:
    """The error of an address where another product answers: `landed` is where `asked` led to."""
    if "login" in path_of(landed).lower():
        return BrowserError(
            f"{login_asked(product, 'credentials', has_credentials=False)} ({path_of(landed)})"
        )
    if path_of(asked) != path_of(landed):
        return BrowserError(
            f"wrong-product: this is no {product}: {path_of(asked)} led to {path_of(landed)}; "
            "check the base URL, and the sub-path in it"
        )
    return BrowserError(
        f"wrong-product: this is no {product}: {path_of(asked)} does not answer as one; "
        "check the connector's type, and the sub-path in its base URL"
    )


def login_asked(product: str, needed: str, *, has_credentials: bool) -> str:
    """Words for a product that shows its login form; `needed` are the credentials that it takes."""
    if has_credentials:
        return f"refused: {product} does not accept the connector's credentials; renew them"
    return f"refused: {product} asks to sign in; give its connector {needed}"


def path_of(url: str) -> str:
    """The path of an address, without its query, which may hold private data."""
    return urlsplit(url).path[:_PATH_LENGTH] or "/"
