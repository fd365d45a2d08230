"""What Temporal's UI and command line ask to read payloads: the protocol of its codec servers."""

from typing import Annotated

from fastapi import APIRouter, Path
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from pydantic import JsonValue
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from temporalio.api.common.v1 import Payload

from api.access import PayloadReader, Wired, freshly_proved, signed_in
from api.requests.administration import DecodeRequest
from api.responses.administration import CodecLinkResponse, DecodeResponse
from api.tokens import CODEC
from api.wiring import Wiring
from missions.errors import ForbiddenError, InvalidError, UnauthenticatedError
from missions.person import Permission
from runtime.payload_keys import NotOursError

PREFIX = "/codec"
router = APIRouter(prefix=PREFIX, tags=["codec"])
Sealed = dict[str, JsonValue]
Ticket = Annotated[str, Path(max_length=2000)]


@router.post("/links", status_code=201)
async def link(person: PayloadReader, wiring: Wired) -> CodecLinkResponse:
    """An endpoint for the Temporal UI's codec server setting; good for as long as an access token.

    Its address is the secret: the UI can send no token of ours. It opens your organization's payloads only,
    and nothing once you are signed out or no administrator any more.
    """
    freshly_proved(person)
    account = await wiring.people.by_id(person.id, person.org)
    if person.session is None or person.authenticated_at is None:
        raise UnauthenticatedError("Authentication required")
    ticket = wiring.tokens.issue(person, person.session, account.version, person.authenticated_at, CODEC)
    await wiring.audit_trail.codec_link(person)
    endpoint = f"{wiring.public_url.rstrip('/')}/api{PREFIX}/{ticket}"
    return CodecLinkResponse(endpoint=endpoint, expires_in=wiring.tokens.lifetime_s)


@router.post("/{ticket}/decode")
async def decode(ticket: Ticket, body: DecodeRequest, wiring: Wired) -> DecodeResponse:
    """The payloads as they were; those of another organization, and what is none, stay as they are."""
    person = await signed_in(wiring, ticket, CODEC)
    if not person.may(Permission.READ_PAYLOADS):
        raise ForbiddenError(f"It needs a role that may {Permission.READ_PAYLOADS}.")
    return DecodeResponse(payloads=tuple(_opened(wiring, one, person.org) for one in body.payloads))


def _opened(wiring: Wiring, told: Sealed, org: str) -> Sealed:
    try:
        payload = ParseDict(told, Payload())
    except ParseError as error:
        raise InvalidError("payloads: each is metadata and data, in base64.") from error
    try:
        whose, opened = wiring.payload_keys.open(payload)
    except NotOursError:
        return told
    return MessageToDict(opened) if whose == org else told


class OpenTo:
    """Lets the pages of one foreign origin ask the codec, and nothing else of this API."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._codec = CORSMiddleware(
            app,
            allow_origins=[origin],
            allow_methods=["POST"],
            allow_headers=["Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only what leads to the codec is answered with leave for that origin."""
        is_codec = scope["type"] == "http" and scope["path"].startswith(f"/api{PREFIX}/")
        await (self._codec if is_codec else self._app)(scope, receive, send)
