"""The codec server of Temporal's UI and command line: decrypts payloads for administrators."""

from typing import Annotated

from fastapi import APIRouter, Path
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic import JsonValue
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payload

from api.access import PayloadReader, require_fresh_login, signed_in
from api.dependencies.injected import Authentication, Operations, Oversight, Site
from api.requests.administration import DecodeRequest
from api.responses.administration import CodecLinkResponse, DecodeResponse
from api.tokens import CODEC
from missions.errors import ForbiddenError, InvalidError, UnauthenticatedError
from missions.permissions import Permission
from runtime.payload_keys import NotOursError, PayloadKeys

PREFIX = "/codec"
router = APIRouter(prefix=PREFIX, tags=["codec"])
JsonPayload = dict[str, JsonValue]
Ticket = Annotated[str, Path(max_length=2000)]


@router.post("/links", status_code=201)
async def link(
    person: PayloadReader, authentication: Authentication, oversight: Oversight, site: Site
) -> CodecLinkResponse:
    """An endpoint for the Temporal UI's codec server setting, valid as long as an access token.

    The address contains the secret, because the UI cannot send a token of ours. It decrypts payloads of the
    person's organization only, until the person signs out or is no administrator any more.
    """
    require_fresh_login(person)
    account = await authentication.people.by_id(person.id, person.org)
    if person.session is None or person.authenticated_at is None:
        raise UnauthenticatedError("Authentication required")
    tokens = authentication.tokens
    ticket = tokens.issue(person, person.session, account.version, person.authenticated_at, CODEC)
    await oversight.audit.codec_link(person)
    endpoint = f"{site.public_url}/api{PREFIX}/{ticket}"
    return CodecLinkResponse(endpoint=endpoint, expires_in=tokens.lifetime_s)


@router.post("/{ticket}/decode")
async def decode(
    ticket: Ticket, body: DecodeRequest, authentication: Authentication, operations: Operations
) -> DecodeResponse:
    """The decrypted payloads. Payloads of another organization, and unencrypted ones, stay as they are."""
    person = await signed_in(authentication, ticket, CODEC)
    if not person.may(Permission.READ_PAYLOADS):
        raise ForbiddenError(f"It needs a role that may {Permission.READ_PAYLOADS}.")
    keys = operations.payload_keys
    return DecodeResponse(payloads=tuple(_opened(keys, payload, person.org) for payload in body.payloads))


def _opened(keys: PayloadKeys, content: JsonPayload, org: str) -> JsonPayload:
    try:
        payload = ParseDict(content, Payload())
    except ParseError as error:
        raise InvalidError("payloads: each is metadata and data, in base64.") from error
    try:
        owner, opened = keys.open(payload)
    except NotOursError:
        return content
    return MessageToDict(opened) if owner == org else content


class CodecCors:
    """ASGI middleware: lets the pages of one foreign origin call the codec, and nothing else of this API."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._codec = CORSMiddleware(
            app,
            allow_origins=[origin],
            allow_methods=["POST"],
            allow_headers=["Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the CORS headers to answers of the codec."""
        is_codec = scope["type"] == "http" and scope["path"].startswith(f"/api{PREFIX}/")
        await (self._codec if is_codec else self._app)(scope, receive, send)
