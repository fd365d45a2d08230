from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from missions.errors import UnauthenticatedError
from missions.person import Person

Json = dict[str, Any]
_REFUSED = "The passkey does not fit."
_VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class MadeKey:
    """A passkey that a device just made."""

    credential: str
    public_key: bytes
    sign_count: int


class Passkeys:
    """WebAuthn's ceremonies for this site. A passkey asks for its owner's finger, face or PIN each time."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._host = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def to_make(self, person: Person, known: list[str], challenge: str) -> Json:
        """What `navigator.credentials.create` takes, as JSON."""
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="OPS-Agent-Desktop",
            user_id=person.id.bytes,
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenge.encode(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known],
        )
        return options_to_json_dict(options)

    def to_sign_in(self, challenge: str) -> Json:
        """What `navigator.credentials.get` takes, as JSON; it names nobody."""
        options = generate_authentication_options(
            rp_id=self._host, challenge=challenge.encode(), user_verification=_VERIFIED
        )
        return options_to_json_dict(options)

    def challenge_of(self, answer: Json) -> str:
        """The challenge that the answer is to. Raises UnauthenticatedError."""
        try:
            told = parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"]))
            return told.challenge.decode()
        except (WebAuthnException, KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnauthenticatedError(_REFUSED) from error

    def made(self, answer: Json, challenge: str) -> MadeKey:
        """The new key. Raises UnauthenticatedError."""
        try:
            verified = verify_registration_response(
                credential=parse_registration_credential_json(answer),
                expected_challenge=challenge.encode(),
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, TypeError, ValueError) as error:
            raise UnauthenticatedError(_REFUSED) from error
        return MadeKey(
            bytes_to_base64url(verified.credential_id),
            verified.credential_public_key,
            verified.sign_count,
        )

    def credential_of(self, answer: Json) -> str:
        """The id of the passkey that answers. Raises UnauthenticatedError."""
        try:
            return bytes_to_base64url(parse_authentication_credential_json(answer).raw_id)
        except (WebAuthnException, KeyError, TypeError, ValueError) as error:
            raise UnauthenticatedError(_REFUSED) from error

    def proved(self, answer: Json, challenge: str, owner: UUID, public_key: bytes, sign_count: int) -> int:
        """How often the device has signed now. Raises UnauthenticatedError, for a copied key too."""
        try:
            credential = parse_authentication_credential_json(answer)
            if credential.response.user_handle not in (None, owner.bytes):
                raise UnauthenticatedError(_REFUSED)
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge.encode(),
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, TypeError, ValueError) as error:
            raise UnauthenticatedError(_REFUSED) from error
        return verified.new_sign_count
