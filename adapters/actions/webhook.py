import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from adapters.actions.signing import signature
from missions.errors import NotFoundError, RefusedError, UnavailableError
from missions.proposal import Action, Receipt, TargetState

_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_LARGEST = 100_000  # bytes of an answer
_DETAIL = 300
_Shape = TypeVar("_Shape", bound=BaseModel)


class _Done(BaseModel):
    """What was done under a key."""

    detail: str = ""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class _Rehearsed(BaseModel):
    """The answer to a dry run."""

    would: str


class WebhookActuator:
    """Any target behind three signed HTTP calls (docs/actions.md), signed as Standard Webhooks has it.

    `idempotent` is the target's promise to do a key once, however often it comes. Without it nothing is sent
    twice: where no answer came, it is not known whether it was done, and the receipt says so.
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
        answer = await self._asked("GET", f"/services/{quote(service, safe='')}", "state")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"The target has no service {service!r}.")
        return _read(TargetState, answer)

    async def rehearse(self, action: Action) -> str:
        """`POST /actions` with `dryRun`. Raises RefusedError with the reason, and UnavailableError."""
        answer = await self._asked("POST", "/actions", "dry-run", _body(action, None, dry_run=True))
        if answer.is_success:
            return _read(_Rehearsed, answer).would[:_DETAIL]
        raise RefusedError(_reason(answer))

    async def apply(self, action: Action, key: str) -> Receipt:
        """`POST /actions`, once where the target promises nothing. Raises UnavailableError where it does."""
        try:
            answer = await self._asked("POST", "/actions", key, _body(action, key, dry_run=False))
        except UnavailableError as error:
            if self.repeatable:
                raise
            told = f"Sent once, and it is not known whether it was done: {error.detail}"
            return Receipt(key=key, applied=False, certain=False, detail=told)
        if answer.is_success:
            return _receipt(key, answer)
        if answer.status_code == HTTPStatus.CONFLICT:
            # A conflict may be with this very key, under way or done by an earlier attempt.
            earlier = await self.find(action, key)
            if earlier is not None:
                return earlier
        return Receipt(key=key, applied=False, detail=_reason(answer))

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  the target knows by key
        """`GET /actions/{key}`: 200 done, 202 under way, 404 unknown; asked only where it is promised."""
        if not self.repeatable:
            return None
        answer = await self._asked("GET", f"/actions/{quote(key, safe='')}", key)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        if answer.status_code != HTTPStatus.OK:
            raise UnavailableError(f"The action under {key} is not finished (HTTP {answer.status_code}).")
        return _receipt(key, answer)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _asked(self, method: str, path: str, key: str, body: bytes = b"") -> httpx.Response:
        timestamp = int(self._now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._secret, key, timestamp, method, path, body),
        }
        try:
            async with asyncio.timeout(self._timeout):  # httpx's own is per read: an answer may drip
                answer = await self._client.request(method, path, headers=headers, content=body)
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnavailableError(f"The target does not answer ({type(error).__name__}).") from error
        if answer.is_server_error or answer.is_redirect or answer.status_code in _RETRYABLE:
            raise UnavailableError(f"The target answered HTTP {answer.status_code}.")
        return answer


def _body(action: Action, key: str | None, *, dry_run: bool) -> bytes:
    """Canonical JSON: what is signed is what is sent."""
    content = {
        "key": key,
        "kind": action.kind,
        "service": action.service,
        "environment": action.environment,
        "params": action.params,
        "dryRun": dry_run,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _receipt(key: str, answer: httpx.Response) -> Receipt:
    done = _read(_Done, answer)
    detail = done.detail[:_DETAIL] or "The target says that it was applied."
    return Receipt(key=key, applied=True, detail=detail, before=done.before, after=done.after)


def _read(shape: type[_Shape], answer: httpx.Response) -> _Shape:
    if answer.status_code != HTTPStatus.OK or len(answer.content) > _LARGEST:
        raise UnavailableError(f"The target answered HTTP {answer.status_code}, which says nothing here.")
    try:
        return shape.model_validate_json(answer.content)
    except ValidationError as error:
        raise UnavailableError("The target's answer has another shape.") from error


def _reason(answer: httpx.Response) -> str:
    """The refusal in the target's words, cut: they are data."""
    try:
        text = str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        text = answer.text
    return f"HTTP {answer.status_code}: {' '.join(text.split())}"[:_DETAIL]
