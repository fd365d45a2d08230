"""Which product answers at an address: each one is known by what one path of its own API answers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from adapters.browser.browser_pool import Tab
from adapters.browser.origins import origin_of
from adapters.dashboards.page.failures import login_asked
from adapters.dashboards.page.fetch import fetch
from adapters.dashboards.page.navigation import open_page
from missions.errors import BrowserError
from missions.health import DetectedProduct

_ANY_PAGE = "web"
_LOGIN_FORM = "input[type=password]"


@dataclass(frozen=True)
class Signature:
    """How a product, a connector's type, is known: `path` answers JSON of the form of `answer`.

    A product whose address is always one of its vendor's is known by the end of its host instead.
    """

    product: str
    path: str = ""
    answer: type[BaseModel] = BaseModel
    hosts: tuple[str, ...] = ()


async def product_at(
    tab: Tab, base_url: str, signatures: Sequence[Signature], *, open_s: float, answer_s: float
) -> DetectedProduct:
    """The first product whose signature fits, else any page (`web`); "" with the reason where none opens.

    `open_s` and `answer_s` are seconds.
    """
    host = urlsplit(base_url).hostname or ""
    for signature in signatures:
        if any(host == end or host.endswith(f".{end}") for end in signature.hosts):
            return DetectedProduct(type=signature.product)
    base = base_url.rstrip("/")
    problem = ""
    try:
        await open_page(tab, f"{base}/", open_s)
    except BrowserError as error:
        problem = error.detail
    if origin_of(tab.page.url) != origin_of(base_url):  # nothing answered, so there is no page to ask from
        return DetectedProduct(reason=problem or "unreachable: the address shows no page of its own")
    asked = [signature for signature in signatures if signature.path]
    answers = await asyncio.gather(*(_fits(tab, base, signature, answer_s) for signature in asked))
    fitting = [signature.product for signature, fits in zip(asked, answers, strict=True) if fits]
    if fitting:
        return DetectedProduct(type=fitting[0])
    if problem:
        return DetectedProduct(reason=problem)
    if await tab.page.locator(_LOGIN_FORM).count():
        return DetectedProduct(reason=login_asked("the page", "credentials", has_credentials=False))
    return DetectedProduct(type=_ANY_PAGE)


async def _fits(tab: Tab, base: str, signature: Signature, seconds: float) -> bool:
    response = await fetch(tab.page, base + signature.path, seconds=seconds)
    try:
        signature.answer.model_validate_json(response.content())
    except (ValidationError, ValueError):
        return False
    return True
