import asyncio

from playwright.async_api import Error

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.errors import first_line
from missions.errors import BrowserError, InvalidError

SECONDS = 25.0
"""Time limit for loading and printing; a report with thirty pictures takes two seconds."""
MAX_BYTES = 50_000_000
_FOOTER = """<p style="width: 100%; margin: 0 14mm; font: 8px sans-serif; color: #555; text-align: right">
<span class="pageNumber"></span> / <span class="totalPages"></span></p>"""
_MARGIN = {"top": "14mm", "right": "14mm", "bottom": "16mm", "left": "14mm"}


class ChromiumPrinter:
    """Prints the product's own pages as PDF, offline and without scripts."""

    def __init__(self, pool: BrowserPool) -> None:
        self._pool = pool

    async def print(self, html: bytes) -> bytes:
        """An A4 PDF with page numbers, bookmarks and selectable text.

        Raises BrowserError, and InvalidError for a PDF above MAX_BYTES.
        """
        async with self._pool.context(frozenset()) as tab:
            try:
                async with asyncio.timeout(SECONDS):
                    page = tab.page
                    await page.context.set_offline(offline=True)
                    await tab.cdp.send("Emulation.setScriptExecutionDisabled", {"value": True})
                    await page.emulate_media(media="print", color_scheme="light")
                    await page.set_content(html.decode(), wait_until="load")
                    content = await page.pdf(
                        format="A4",
                        print_background=True,
                        display_header_footer=True,
                        header_template="<span></span>",
                        footer_template=_FOOTER,
                        margin=_MARGIN,  # type: ignore[arg-type]  # Playwright's own TypedDict
                        tagged=True,
                        outline=True,
                    )
            except (Error, TimeoutError, UnicodeDecodeError) as error:
                raise BrowserError(f"print: {first_line(error)}") from error
        if len(content) > MAX_BYTES:
            raise InvalidError(f"The PDF has more than {MAX_BYTES} bytes.")
        return content
