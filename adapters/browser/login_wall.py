import asyncio

from playwright.async_api import Error, Page

from missions.errors import BrowserError

_SHOWN = "field => field.getClientRects().length > 0"
_ASKS = f"[...document.querySelectorAll('input[type=password]')].some({_SHOWN})"
_EMPTY = f"""() => {{
  if ({_ASKS}) for (const field of document.querySelectorAll('input')) field.value = '';
  return true;
}}"""
_WITHIN_S = 2.0


class LoginWallError(BrowserError):
    """The page asks for a login that its connector cannot give."""


async def login_wall(page: Page) -> str:
    """A reason where the page shows a password field, else an empty string."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            return "the page asks for a login" if await page.evaluate(_ASKS) else ""
    except (Error, TimeoutError):
        return ""


async def empty_login(page: Page) -> None:
    """Takes out of a login form what was typed and not sent, so that no picture shows it.

    Raises BrowserError where the page does not answer.
    """
    try:  # in the next page, where it has just been sent
        await page.wait_for_function(_EMPTY, timeout=_WITHIN_S * 1000)
    except Error as error:
        raise BrowserError("timeout: the page does not answer the browser") from error
