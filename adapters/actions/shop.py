from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from missions.errors import InvalidError, NotFoundError, RefusedError, UnavailableError
from missions.plan import ActionKind
from missions.proposal import Action, Receipt, TargetState

_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_PARAMETER = {ActionKind.SCALE: "replicas", ActionKind.ROLLBACK: "revision"}
_DETAIL = 300
_T = TypeVar("_T", bound=BaseModel)


class _Done(BaseModel):
    """The shop's receipt."""

    key: str
    service: str
    action: str
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    status: str = "applied"


class _Rehearsed(BaseModel):
    """The shop's answer to a dry run."""

    would: str


class ShopActuator:
    """The Actuator of the demo shop: restart, scale and rollback over its action API, once per key."""

    repeatable = True

    def __init__(self, base_url: str, token: str, timeout: float = 30.0) -> None:
        # The environment's proxies must not see the token, and a redirect must not take it elsewhere.
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
        )

    async def state(self, service: str) -> TargetState:
        """The service now. Raises NotFoundError and UnavailableError."""
        answer = await self._ask("GET", f"/ops/services/{quote(service, safe='')}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"The shop has no service {service!r}.")
        return _read(TargetState, answer)

    async def rehearse(self, action: Action) -> str:
        """A dry run at the shop. Raises RefusedError with the shop's reason, and UnavailableError."""
        path = f"/ops/services/{quote(action.service, safe='')}/{action.kind}?dryRun=true"
        answer = await self._ask("POST", path, json=_body(action))
        if answer.is_success:
            return f"The shop would do it: {_read(_Rehearsed, answer).would}."
        _raise_unless_refused(answer)
        raise RefusedError(_reason(answer))

    async def apply(self, action: Action, key: str) -> Receipt:
        """Does it once and returns when it is done; a refusal is a receipt that says why.

        Raises UnavailableError where it is unknown whether it was done: `find` tells later.
        """
        path = f"/ops/services/{quote(action.service, safe='')}/{action.kind}"
        answer = await self._ask("POST", path, headers={"Idempotency-Key": key}, json=_body(action))
        if answer.is_success:
            return _receipt(_read(_Done, answer))
        if answer.status_code == HTTPStatus.CONFLICT:
            # A conflict may be with this very key, under way or done by an earlier attempt.
            earlier = await self.find(action, key)
            if earlier is not None:
                return earlier
        _raise_unless_refused(answer)
        return Receipt(key=key, applied=False, detail=_reason(answer))

    async def find(self, action: Action, key: str) -> Receipt | None:  # noqa: ARG002  the shop knows by key
        """The receipt under this key, or None. Raises UnavailableError while it is still being done."""
        answer = await self._ask("GET", f"/ops/actions/{quote(key, safe='')}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        done = _read(_Done, answer)
        if done.status != "applied":
            raise UnavailableError(f"The action under {key} is {done.status}.")
        return _receipt(done)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        json: dict[str, int] | None = None,
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, headers=headers, json=json)
        except httpx.HTTPError as error:
            raise UnavailableError(f"The shop does not answer: {type(error).__name__}.") from error
        if answer.is_server_error or answer.status_code in _RETRYABLE:
            raise UnavailableError(f"The shop answered HTTP {answer.status_code}.")
        return answer


def _body(action: Action) -> dict[str, int]:
    """The absolute parameter of the catalog's verb, and nothing else."""
    name = _PARAMETER.get(action.kind)
    if name is None:
        return {}
    value = action.params.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidError(f"{action.kind} needs a whole number as {name}.")
    return {name: value}


def _read(shape: type[_T], answer: httpx.Response) -> _T:
    if answer.status_code != HTTPStatus.OK:
        raise UnavailableError(f"The shop answered HTTP {answer.status_code}.")
    try:
        return shape.model_validate_json(answer.content)
    except ValidationError as error:
        raise UnavailableError("The shop's answer has another shape.") from error


def _raise_unless_refused(answer: httpx.Response) -> None:
    if not answer.is_client_error:
        raise UnavailableError(f"The shop answered HTTP {answer.status_code}.")


def _receipt(done: _Done) -> Receipt:
    detail = f"{done.action} of {done.service} was applied"
    return Receipt(key=done.key, applied=True, detail=detail, before=done.before, after=done.after)


def _reason(answer: httpx.Response) -> str:
    """The refusal in the shop's words, cut: they are data."""
    try:
        text = str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        text = answer.text
    return f"HTTP {answer.status_code}: {' '.join(text.split())}"[:_DETAIL]
