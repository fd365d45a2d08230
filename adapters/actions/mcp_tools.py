import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from jsonschema import Draft202012Validator, SchemaError
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, Tool

from adapters.actions.configuration import McpTools, ToolCall
from adapters.actions.filling import filled, values_of
from adapters.actions.reading import target_state
from missions.errors import NotFoundError, OpsError, RefusedError, UnavailableError
from missions.proposal import Action, Receipt, Scalar, TargetState

_DETAIL = 300
_PAGES = 20  # of a server's list of tools


class McpActuator:
    """Targets behind the tools of an MCP server; each question is a connection of its own."""

    def __init__(
        self, server: StdioServerParameters | str, token: str | None, tools: McpTools, timeout: float
    ) -> None:
        """`server` is a command to start, or the URL of a server that speaks streamable HTTP."""
        self.repeatable = tools.idempotent
        self._server = server
        self._token = token
        self._tools = tools
        self._timeout = timeout

    async def state(self, service: str) -> TargetState:
        """Calls the reading tool. Raises NotFoundError where the tool says that there is none."""
        async with self._connected() as client:
            arguments = await _checked(client, self._tools.state, values_of(service))
            result = await client.call_tool(self._tools.state.tool, arguments)
        if result.is_error:
            raise NotFoundError(f"{self._tools.state.tool} has nothing on {service!r}: {_words(result)}")
        return target_state(service, _content(result), self._tools.fields)

    async def rehearse(self, action: Action) -> str:
        """MCP has no dry run: that the tool takes these arguments is all that can be known."""
        call = self._call(action)
        async with self._connected() as client:
            arguments = await _checked(client, call, values_of(action.service, action, "dry-run"))
        shown = ", ".join(
            f"{name}={value!r}" for name, value in sorted(arguments.items()) if value != "dry-run"
        )
        return f"The server takes {call.tool}({shown}); MCP offers no dry run."

    async def apply(self, action: Action, key: str) -> Receipt:
        """Calls the tool. Without the promise of idempotence a lost answer is not asked for again."""
        call, sent = self._call(action), False
        try:
            async with self._connected() as client:
                arguments = await _checked(client, call, values_of(action.service, action, key))
                sent = True
                result = await client.call_tool(call.tool, arguments)
        except RefusedError as error:
            return Receipt(key=key, applied=False, detail=error.detail)
        except UnavailableError as error:
            if self.repeatable or not sent:
                raise
            told = f"Sent once, and it is not known whether it was done: {error.detail}"
            return Receipt(key=key, applied=False, certain=False, detail=told)
        if result.is_error:
            return Receipt(key=key, applied=False, detail=f"{call.tool} refused: {_words(result)}")
        return Receipt(key=key, applied=True, detail=f"{call.tool}: {_words(result)}", after=_content(result))

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  MCP remembers nothing
        """MCP has no way to ask what was done under a key."""
        return None

    async def close(self) -> None:
        """Nothing stays open between calls."""

    def _call(self, action: Action) -> ToolCall:
        """Raises RefusedError where no tool does this."""
        if action.kind not in self._tools.actions:
            raise RefusedError(f"No tool is configured for {action.kind}.")
        return self._tools.actions[action.kind]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        """A session with the server. Raises UnavailableError for what it does wrong, and when late."""
        try:
            async with asyncio.timeout(self._timeout), self._session() as client:
                yield client
        except Exception as error:
            first = _innermost(error)  # transports wrap what went wrong in groups
            if isinstance(first, OpsError):
                raise first from None
            if isinstance(first, (OSError, MCPError, httpx2.HTTPError, TimeoutError, ValueError)):
                raise UnavailableError(f"The MCP server does not answer ({type(first).__name__}).") from error
            raise

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Client]:
        if isinstance(self._server, StdioServerParameters):
            async with Client(self._server, read_timeout_seconds=self._timeout, cache=None) as client:
                yield client
            return
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        # The environment's proxies must not see the token, and a redirect must not take it elsewhere.
        async with (
            httpx2.AsyncClient(
                headers=headers, timeout=self._timeout, trust_env=False, follow_redirects=False
            ) as http,
            Client(
                streamable_http_client(self._server, http_client=http),
                read_timeout_seconds=self._timeout,
                cache=None,
            ) as client,
        ):
            yield client


async def _checked(client: Client, call: ToolCall, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The arguments, as the tool's own schema wants them. Raises RefusedError where it does not."""
    arguments = {name: filled(template, values) for name, template in call.arguments.items()}
    tool = await _found(client, call.tool)
    try:
        Draft202012Validator.check_schema(tool.input_schema)
        wrong = next(iter(Draft202012Validator(tool.input_schema).iter_errors(arguments)), None)
    except SchemaError as error:
        raise RefusedError(f"The schema of {call.tool} is not valid.") from error
    if wrong is not None:
        raise RefusedError(f"{call.tool} does not take these arguments: {wrong.message[:_DETAIL]}")
    return arguments


async def _found(client: Client, name: str) -> Tool:
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            if tool.name == name:
                return tool
        cursor = page.next_cursor
        if cursor is None:
            break
    raise RefusedError(f"The MCP server has no tool called {name}.")


def _content(result: CallToolResult) -> dict[str, Any]:
    """What the tool answered as an object: structured, or JSON in its first text."""
    if isinstance(result.structured_content, dict):
        return result.structured_content
    text = next((part.text for part in result.content if isinstance(part, TextContent)), "")
    try:
        answer = json.loads(text)
    except ValueError:
        return {"text": text[:_DETAIL]}
    return answer if isinstance(answer, dict) else {"result": answer}


def _words(result: CallToolResult) -> str:
    """The answer's texts on one line, cut: they are data."""
    texts = " ".join(part.text for part in result.content if isinstance(part, TextContent))
    return " ".join(texts.split())[:_DETAIL]


def _innermost(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
