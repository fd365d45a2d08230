"""Requests from inside the page: through the same egress proxy, to the same origin, with the same session."""

import asyncio
from typing import Any

from playwright.async_api import Error, Page
from pydantic import BaseModel, TypeAdapter, ValidationError

from adapters.browser.errors import first_line
from missions.errors import BrowserError

_FETCH = """async ({url, method, body, seconds, most}) => {
  const options = {method, signal: AbortSignal.timeout(seconds * 1000), credentials: 'same-origin'};
  if (body !== null) Object.assign(options, {body, headers: {'Content-Type': 'application/json'}});
  try {
    const response = await fetch(url, options);
    const reader = response.body?.getReader();
    const parts = [];
    let size = 0;
    for (let part; reader && !(part = await reader.read()).done && size <= most;) {
      parts.push(part.value);
      size += part.value.length;
    }
    if (size > most) return {status: response.status, url: response.url, text: "", large: true};
    return {status: response.status, url: response.url, text: await new Blob(parts).text(), large: false};
  } catch (error) { return {status: 0, url, text: String(error), large: false}; }
}"""
_OK = 200
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class FetchResponse(BaseModel):
    """The response to `fetch`. `status` 0 means none came, `text` says why; `url` is after redirects."""

    status: int
    url: str
    text: str
    large: bool

    @property
    def problem(self) -> str:
        """Why it cannot be used; "" for a complete 200."""
        if self.large:
            return "its answer is too large"
        if self.status == 0:
            return f"no answer: {self.text[:200]}"
        return "" if self.status == _OK else f"HTTP {self.status}"

    def json_value(self) -> Any:  # noqa: ANN401  callers validate what the server sent
        """The body as JSON. Raises ValueError where it is no JSON or the response is not a complete 200."""
        return _ANY.validate_json(self.content())

    def content(self) -> bytes:
        """The body. Raises ValueError where the response is not a complete 200."""
        if self.problem:
            raise ValueError(self.problem)
        return self.text.encode()


async def fetch(
    page: Page, url: str, *, body: str | None = None, seconds: float = 5, most: int = 5_000_000
) -> FetchResponse:
    """GET, or POST of a JSON body; at most `most` bytes within `seconds`.

    Raises BrowserError where the page itself does not respond.
    """
    plan = {"url": url, "method": "GET" if body is None else "POST", "body": body}
    try:
        async with asyncio.timeout(seconds + 1):
            value = await page.evaluate(_FETCH, {**plan, "seconds": seconds, "most": most})
        return FetchResponse.model_validate(value)
    except TimeoutError as error:
        raise BrowserError("timeout: the page does not answer the browser") from error
    except (Error, ValidationError) as error:
        raise BrowserError(f"browser: {first_line(error)}") from error
