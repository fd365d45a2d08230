"""Which product answers at an address: each one is known by what one path of its own API answers."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit, urlunsplit

from playwright.async_api import Error
from pydantic import BaseModel

from adapters.browser.browser_pool import Tab
from adapters.browser.login_wall import login_wall
from adapters.dashboards.page.failures import fetch_error, login_asked
from adapters.dashboards.page.fetch import FetchResponse, fetch
from adapters.dashboards.page.navigation import open_page
from missions.errors import BrowserError
from missions.health import DetectedProduct

_ANY_PAGE = "web"
_SETTLING_S = 2.0
_MOST_PARENTS = 4
_ANSWERED = frozenset({"denied", "missing", "busy", "failing"})
"""Kinds of failures of a page that was answered, with an HTTP error."""
_UNANSWERED = frozenset({0, 401, 403, 407, 429})
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Signature:
    """How a product, a connector's type, is known: `path` answers JSON of the form of `answer`.

    A product whose address is always one of its vendor's is known by the end of its host instead.
    """

    product: str
    path: str = ""
    answer: type[BaseModel] = BaseModel
    hosts: tuple[str, ...] = ()


class _Fit(Enum):
    YES = auto()
    NO = auto()
    UNANSWERED = auto()


async def product_at(
    tab: Tab,
    base_url: str,
    signatures: Sequence[Signature],
    *,
    open_s: float,
    answer_s: float,
    has_credentials: bool,
) -> DetectedProduct:
    """The first product whose signature fits, at the address or at a parent of its path, else any page.

    The type is "" with the reason where nothing opens, where answers are denied or do not come, and where a
    login form appears. `open_s` and `answer_s` are seconds.
    """
    vendor = _vendor_of(base_url, signatures)
    if vendor:
        return DetectedProduct(type=vendor, base_url=base_url)
    bases = bases_of(base_url)
    problem = ""
    try:
        await open_page(tab, f"{bases[0]}/", open_s)
    except BrowserError as error:
        problem = error.detail
    if problem and problem.partition(":")[0] not in _ANSWERED:  # there is no page to ask from
        return DetectedProduct(reason=problem)
    await _settle(tab)
    unanswered = ""
    for base in bases:
        product, unanswered = await _product_below(tab, base, signatures, answer_s)
        if product:
            return DetectedProduct(type=product, base_url=base)
        if unanswered:  # what is here may be the product, and another one may be at the parent
            break
    if not problem and await login_wall(tab.page):
        problem = login_asked("the page", "credentials", has_credentials=has_credentials)
    if problem or unanswered:
        return DetectedProduct(reason=unanswered or problem)
    return DetectedProduct(type=_ANY_PAGE, base_url=bases[0])


def _vendor_of(base_url: str, signatures: Sequence[Signature]) -> str:
    host = urlsplit(base_url).hostname or ""
    ends = ((signature.product, end) for signature in signatures for end in signature.hosts)
    return next((product for product, end in ends if host == end or host.endswith(f".{end}")), "")


async def _settle(tab: Tab) -> None:
    """Waits until the page asks nothing more, or `_SETTLING_S`: it may move on to a login by script."""
    with contextlib.suppress(Error):
        await tab.page.wait_for_load_state("networkidle", timeout=_SETTLING_S * 1000)


def bases_of(url: str) -> list[str]:
    """The address without its query and fragment, then its parents: people copy the page that they see."""
    parts = urlsplit(url)
    folders = [folder for folder in parts.path.split("/") if folder]
    lengths = range(len(folders), max(len(folders) - _MOST_PARENTS, 0) - 1, -1)
    paths = ["".join(f"/{folder}" for folder in folders[:length]) for length in lengths]
    return [urlunsplit((parts.scheme, parts.netloc, path, "", "")) for path in dict.fromkeys((*paths, ""))]


async def _product_below(
    tab: Tab, base: str, signatures: Sequence[Signature], seconds: float
) -> tuple[str, str]:
    """The first product that fits below this base, and why a path was not answered; "" for neither."""
    compared = [signature for signature in signatures if signature.path]
    paths = list(dict.fromkeys(signature.path for signature in compared))
    try:
        responses = await _fetched(tab, base, paths, seconds)
    except BrowserError:  # the page has moved on: its successor can be asked
        await _settle(tab)
        responses = await _fetched(tab, base, paths, seconds)
    fits = [(signature, _fit(signature, responses[signature.path])) for signature in compared]
    product = next((signature.product for signature, fit in fits if fit is _Fit.YES), "")
    silent = next((signature.path for signature, fit in fits if fit is _Fit.UNANSWERED), None)
    reason = "" if silent is None else fetch_error(responses[silent], base + silent).detail
    return product, reason


async def _fetched(tab: Tab, base: str, paths: Sequence[str], seconds: float) -> dict[str, FetchResponse]:
    responses = await asyncio.gather(*(fetch(tab.page, base + path, seconds=seconds) for path in paths))
    return dict(zip(paths, responses, strict=True))


def _fit(signature: Signature, response: FetchResponse) -> _Fit:
    if response.status in _UNANSWERED or response.status >= _SERVER_ERROR:
        return _Fit.UNANSWERED
    try:
        signature.answer.model_validate_json(response.content())
    except ValueError:
        return _Fit.NO
    return _Fit.YES
