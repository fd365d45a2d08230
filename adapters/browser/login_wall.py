import asyncio

from playwright.async_api import Error, Page

_ASKS = """[...document.querySelectorAll('input[type=password]')].some(
  field => field.getClientRects().length > 0)"""
_WITHIN_S = 2.0


async def login_wall(page: Page) -> str:
    """A reason where the page shows a password field, else an empty string."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            return "the page asks for a login" if await page.evaluate(_ASKS) else ""
    except (Error, TimeoutError):
        return ""
