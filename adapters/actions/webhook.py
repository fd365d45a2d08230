import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from adapters.actions.signing import signature
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.proposal import Action, Receipt, Refusal, TargetState

_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_MAX_BYTES = 100_000  # of a response
_DETAIL_LENGTH = 300
_Shape = TypeVar("_Shape", bound=BaseModel)


class _Applied(BaseModel):
    """The response to an action, and to the lookup of its key."""

    detail: str = ""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class _DryRun(BaseModel):
    """The response to a dry run."""

    would: str


class WebhookActuator:
    """Any target behind the webhook contract (docs/actions.md), signed as in Standard Webhooks.

    An `idempotent` target executes a key at most once. To any other target a request is sent once only, and
    the receipt is uncertain where no response came.
    """

    def __init__(
        self,
        base_url: str,
        secret: bytes,
        *,
        idempotent: bool,
        timeout: float = 30.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.repeatable = idempotent
        self._secret = secret
        self._timeout = timeout
        self._now = now
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"), timeout=timeout, trust_env=False, follow_redirects=False
        )

    async def state(self, service: str) -> TargetState:
        """`GET /services/{service}`. Raises NotFoundError and UnavailableError."""
        response = await self._send("GET", f"/services/{quote(service, safe='')}", "state")
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"The target has no service {service!r}.")
        return _read(TargetState, response)

    async def rehearse(self, action: Action) -> str:
        """`POST /actions` with `dryRun`. Raises RefusedError with the reason, and UnavailableError."""
        response = await self._send("POST", "/actions", "dry-run", _body(action, None, dry_run=True))
        if response.is_success:
            return _read(_DryRun, response).would[:_DETAIL_LENGTH]
        raise RefusedError(_reason(response))

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:
        """`POST /actions`. Raises UnavailableError where an idempotent target does not respond."""
        try:
            body = _body(action, key, dry_run=False)
            response = await self._send("POST", "/actions", key, body, {"If-Match": _entity_tag(expected)})
        except UnavailableError as error:
            if self.repeatable:
                raise
            detail = f"Sent once; its outcome is unknown: {error.detail}"
            return Receipt(key=key, applied=False, certain=False, detail=detail)
        if response.is_success:
            return _receipt(key, response)
        changed = response.status_code == HTTPStatus.PRECONDITION_FAILED
        if changed or response.status_code == HTTPStatus.CONFLICT:
            # The change or conflict may be due to this very key, under way or done by an earlier attempt.
            earlier = await self.find(action, key)
            if earlier is not None:
                return earlier
        refusal = Refusal.CHANGED if changed else None
        return Receipt(key=key, applied=False, refusal=refusal, detail=_reason(response))

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  the key is enough
        """`GET /actions/{key}`: 200 applied, 202 in progress, 404 unknown. None for a target without keys."""
        if not self.repeatable:
            return None
        response = await self._send("GET", f"/actions/{quote(key, safe='')}", key)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        if response.status_code != HTTPStatus.OK:
            raise UnavailableError(f"The action under {key} is not finished (HTTP {response.status_code}).")
        return _receipt(key, response)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, key: str, body: bytes = b"", conditions: Mapping[str, str] | None = None
    ) -> httpx.Response:
        timestamp = int(self._now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._secret, key, timestamp, method, path, body),
            **(conditions or {}),
        }
        try:
            async with asyncio.timeout(self._timeout):  # httpx's timeout is per read
                response = await self._client.request(method, path, headers=headers, content=body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnavailableError(f"The target does not answer ({type(error).__name__}).") from error
        if response.is_server_error or response.is_redirect or response.status_code in _RETRYABLE:
            raise UnavailableError(f"The target answered HTTP {response.status_code}.")
        return response


def _entity_tag(state: TargetState) -> str:
    """The state's generation as an entity tag, percent-encoded where a header cannot hold it."""
    return f'"{quote(str(state.generation), safe="/:.,;=@+")}"'


def _body(action: Action, key: str | None, *, dry_run: bool) -> bytes:
    """Canonical JSON: the signature covers exactly these bytes."""
    content = {
        "key": key,
        "kind": action.kind,
        "service": action.service,
        "environment": action.environment,
        "params": action.params,
        "dryRun": dry_run,
    } | {
        name: value for name, value in (("cluster", action.cluster), ("namespace", action.namespace)) if value
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _receipt(key: str, response: httpx.Response) -> Receipt:
    applied = _read(_Applied, response)
    detail = applied.detail[:_DETAIL_LENGTH] or "The target says that it was applied."
    return Receipt(key=key, applied=True, detail=detail, before=applied.before, after=applied.after)


def _read(shape: type[_Shape], response: httpx.Response) -> _Shape:
    if response.status_code != HTTPStatus.OK or len(response.content) > _MAX_BYTES:
        raise UnavailableError(
            f"The target answered HTTP {response.status_code}, which the contract does not define."
        )
    try:
        return shape.model_validate_json(response.content)
    except ValidationError as error:
        raise UnavailableError("The target's answer has another shape.") from error


def _reason(response: httpx.Response) -> str:
    """The target's reason for a refusal on one line, at most 300 characters."""
    try:
        text = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        text = response.text
    return f"HTTP {response.status_code}: {' '.join(text.split())}"[:_DETAIL_LENGTH]
