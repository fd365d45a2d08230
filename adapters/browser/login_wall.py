import asyncio

from playwright.async_api import Error, Page

from missions.errors import BrowserError

_VISIBLE = "field => field.getClientRects().length > 0"
_HAS_PASSWORD_FIELD = f"[...document.querySelectorAll('input[type=password]')].some({_VISIBLE})"
_CLEAR_FORM = f"""() => {{
  if ({_HAS_PASSWORD_FIELD}) for (const field of document.querySelectorAll('input')) field.value = '';
  return true;
}}"""
_TIMEOUT_S = 2.0


class LoginWallError(BrowserError):
    """The page asks for a login that its connector cannot give."""


async def login_wall(page: Page) -> str:
    """A reason where the page shows a password field, else ""."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            return "the page asks for a login" if await page.evaluate(_HAS_PASSWORD_FIELD) else ""
    except (Error, TimeoutError):
        return ""


async def clear_login_form(page: Page) -> None:
    """Clears what was typed into a login form and not sent, so that no picture shows it.

    Raises BrowserError where the page does not answer.
    """
    try:  # wait_for_function survives a navigation: the form may have been sent a moment ago
        await page.wait_for_function(_CLEAR_FORM, timeout=_TIMEOUT_S * 1000)
    except Error as error:
        raise BrowserError("timeout: the page does not answer the browser") from error
