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

from missions.errors import InvalidCredentialsError
from missions.person import Person

Json = dict[str, Any]
_REFUSED = "The passkey is not valid here."
_VERIFICATION = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that a device has just created."""

    credential: str
    public_key: bytes
    sign_count: int


class Passkeys:
    """WebAuthn's registration and authentication for this site, both with user verification."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._host = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def registration_options(self, person: Person, registered: list[str], challenge: str) -> Json:
        """The JSON for `navigator.credentials.create`; `registered` are the ids of the person's passkeys."""
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="OPS-Agent-Desktop",
            user_id=person.id.bytes,
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenge.encode(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFICATION
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential_id))
                for credential_id in registered
            ],
        )
        return options_to_json_dict(options)

    def authentication_options(self, challenge: str) -> Json:
        """The JSON for `navigator.credentials.get`; it names no person."""
        options = generate_authentication_options(
            rp_id=self._host, challenge=challenge.encode(), user_verification=_VERIFICATION
        )
        return options_to_json_dict(options)

    def challenge_of(self, response: Json) -> str:
        """The challenge that the device signed. Raises InvalidCredentialsError."""
        try:
            client_data = parse_client_data_json(base64url_to_bytes(response["response"]["clientDataJSON"]))
            return client_data.challenge.decode()
        except (WebAuthnException, KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidCredentialsError(_REFUSED) from error

    def verify_registration(self, response: Json, challenge: str) -> NewPasskey:
        """The new passkey. Raises InvalidCredentialsError."""
        try:
            verified = verify_registration_response(
                credential=parse_registration_credential_json(response),
                expected_challenge=challenge.encode(),
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, TypeError, ValueError) as error:
            raise InvalidCredentialsError(_REFUSED) from error
        return NewPasskey(
            bytes_to_base64url(verified.credential_id),
            verified.credential_public_key,
            verified.sign_count,
        )

    def credential_of(self, response: Json) -> str:
        """The id of the passkey that signed. Raises InvalidCredentialsError."""
        try:
            return bytes_to_base64url(parse_authentication_credential_json(response).raw_id)
        except (WebAuthnException, KeyError, TypeError, ValueError) as error:
            raise InvalidCredentialsError(_REFUSED) from error

    def verify_authentication(
        self, response: Json, challenge: str, owner: UUID, public_key: bytes, sign_count: int
    ) -> int:
        """The new signature count. Raises InvalidCredentialsError, also for the count of a copied key."""
        try:
            credential = parse_authentication_credential_json(response)
            if credential.response.user_handle not in (None, owner.bytes):
                raise InvalidCredentialsError(_REFUSED)
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
            raise InvalidCredentialsError(_REFUSED) from error
        return verified.new_sign_count
