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
from adapters.actions.target_state import target_state
from adapters.actions.templates import fill, placeholder_values
from missions.errors import NotFoundError, OpsError, RefusedError, UnavailableError
from missions.proposal import Action, Receipt, Scalar, TargetState

_DETAIL_LENGTH = 300
_MAX_PAGES = 20  # of a server's list of tools


class McpActuator:
    """Targets behind the tools of an MCP server; each request opens a connection of its own."""

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
        """Calls the tool `state`. Raises NotFoundError where the tool returns an error."""
        async with self._client() as client:
            arguments = await _arguments(client, self._tools.state, placeholder_values(service))
            result = await client.call_tool(self._tools.state.tool, arguments)
        if result.is_error:
            raise NotFoundError(f"{self._tools.state.tool} does not know {service!r}: {_text(result)}")
        return target_state(service, _content(result), self._tools.fields)

    async def rehearse(self, action: Action) -> str:
        """Checks the arguments by the tool's schema: MCP has no dry run."""
        call = self._call(action)
        async with self._client() as client:
            arguments = await _arguments(client, call, placeholder_values(action.service, action, "dry-run"))
        listed = ", ".join(
            f"{name}={value!r}" for name, value in sorted(arguments.items()) if value != "dry-run"
        )
        return f"The server accepts {call.tool}({listed}); MCP offers no dry run."

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:  # noqa: ARG002  no tool compares
        """Calls the tool, only once unless the server is idempotent; the receipt is then uncertain."""
        call, sent = self._call(action), False
        try:
            async with self._client() as client:
                arguments = await _arguments(client, call, placeholder_values(action.service, action, key))
                sent = True
                result = await client.call_tool(call.tool, arguments)
        except RefusedError as error:
            return Receipt(key=key, applied=False, detail=error.detail)
        except UnavailableError as error:
            if self.repeatable or not sent:
                raise
            detail = f"Sent once; its outcome is unknown: {error.detail}"
            return Receipt(key=key, applied=False, certain=False, detail=detail)
        if result.is_error:
            return Receipt(key=key, applied=False, detail=f"{call.tool} refused: {_text(result)}")
        return Receipt(key=key, applied=True, detail=f"{call.tool}: {_text(result)}", after=_content(result))

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  MCP has no keys
        """Always None: MCP has no way to look up a key."""
        return None

    async def close(self) -> None:
        """Does nothing: no connection stays open between calls."""

    def _call(self, action: Action) -> ToolCall:
        """The configured call. Raises RefusedError where there is none for this kind of action."""
        if action.kind not in self._tools.actions:
            raise RefusedError(f"No tool is configured for {action.kind}.")
        return self._tools.actions[action.kind]

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        """A session with the server. Raises UnavailableError where the server fails or is late."""
        try:
            async with asyncio.timeout(self._timeout), self._session() as client:
                yield client
        except Exception as error:
            cause = _innermost(error)  # transports wrap errors in groups
            if isinstance(cause, OpsError):
                raise cause from None
            if isinstance(cause, (OSError, MCPError, httpx2.HTTPError, TimeoutError, ValueError)):
                raise UnavailableError(f"The MCP server does not answer ({type(cause).__name__}).") from error
            raise

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Client]:
        if isinstance(self._server, StdioServerParameters):
            async with Client(self._server, read_timeout_seconds=self._timeout, cache=None) as client:
                yield client
            return
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        # trust_env, follow_redirects: the token must reach the configured server only.
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


async def _arguments(client: Client, call: ToolCall, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The filled-in arguments. Raises RefusedError where the tool's own schema refuses them."""
    arguments = {name: fill(template, values) for name, template in call.arguments.items()}
    tool = await _tool(client, call.tool)
    try:
        Draft202012Validator.check_schema(tool.input_schema)
        violation = next(iter(Draft202012Validator(tool.input_schema).iter_errors(arguments)), None)
    except SchemaError as error:
        raise RefusedError(f"The schema of {call.tool} is not valid.") from error
    if violation is not None:
        raise RefusedError(
            f"{call.tool} does not accept these arguments: {violation.message[:_DETAIL_LENGTH]}"
        )
    return arguments


async def _tool(client: Client, name: str) -> Tool:
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            if tool.name == name:
                return tool
        cursor = page.next_cursor
        if cursor is None:
            break
    raise RefusedError(f"The MCP server has no tool called {name}.")


def _content(result: CallToolResult) -> dict[str, Any]:
    """The result as an object: its structured content, or the JSON in its first text."""
    if isinstance(result.structured_content, dict):
        return result.structured_content
    text = next((part.text for part in result.content if isinstance(part, TextContent)), "")
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text[:_DETAIL_LENGTH]}
    return value if isinstance(value, dict) else {"result": value}


def _text(result: CallToolResult) -> str:
    """The result's texts on one line, at most 300 characters."""
    texts = " ".join(part.text for part in result.content if isinstance(part, TextContent))
    return " ".join(texts.split())[:_DETAIL_LENGTH]


def _innermost(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
