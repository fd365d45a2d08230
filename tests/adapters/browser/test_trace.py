"""A visit that fails twice leaves a trace of its steps, without secrets."""

import io
import json
import zipfile
from typing import Any

import pytest

from adapters.browser.browser_pool import BrowserPool
from adapters.browser.origins import origin_of
from missions.errors import BrowserError


def events(trace: bytes) -> list[dict[str, Any]]:
    with zipfile.ZipFile(io.BytesIO(trace)) as kept:
        assert set(kept.namelist()) == {"trace.trace", "trace.network"}
        assert kept.read("trace.network") == b""
        return [json.loads(line) for line in kept.read("trace.trace").splitlines()]


async def fail(pool: BrowserPool, site: Any) -> BrowserError:
    """A visit with a login that then fails."""
    origin = origin_of(site.url)
    assert origin is not None
    with pytest.raises(BrowserError) as caught:  # noqa: PT012  one visit
        async with pool.context({origin}) as tab:
            await tab.page.set_extra_http_headers({"Authorization": "Bearer canary-header"})
            await tab.page.goto(f"{site.url}/login?token=canary-query#canary-fragment")
            await tab.page.fill("input", "canary-typed")
            await tab.page.evaluate("console.log('canary-logged')")
            raise BrowserError("timeout: the page did not open")
    return caught.value


async def test_br7_a_second_failure_leaves_its_steps_without_secrets(pool: BrowserPool, site: Any) -> None:
    """The trace has method, address and end of each step, and no typed, sent, logged or visible text."""
    site.html("/login", "<input type=password><p>canary-drawn</p>")
    assert (await fail(pool, site)).trace == b"", "the first failure left a trace"
    trace = (await fail(pool, site)).trace
    trace_events = events(trace)
    steps = [event for event in trace_events if event["type"] == "before"]
    assert [step["method"] for step in steps if step["method"] in ("goto", "fill")] == ["goto", "fill"]
    (opened,) = (step for step in steps if step["method"] == "goto")
    assert opened["params"]["url"] == f"{site.url}/login"
    assert "canary" not in json.dumps(trace_events)
    origin = origin_of(site.url)
    assert origin is not None
    async with pool.context({origin}) as tab:
        await tab.page.goto(f"{site.url}/login")
    assert (await fail(pool, site)).trace == b"", "a successful visit did not reset the count"
