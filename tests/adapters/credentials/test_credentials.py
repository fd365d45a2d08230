"""A Sealer cannot decrypt; credentials open for exactly the organization and origin they were sealed for."""

import pytest
from pydantic import SecretStr

from adapters.credentials.keys import new_pair, private_from, public_of
from adapters.credentials.opener import Opener
from adapters.credentials.sealer import Sealer
from missions.credentials import Credentials, Sealed
from missions.errors import ForbiddenError, InvalidError

OLD, NEW = private_from("old" * 10), private_from("new" * 10)
GRAFANA = "https://grafana.example/sub/"
LOGIN = Credentials(
    username="robot", password=SecretStr("pass-canary"), headers={"X-Scope": SecretStr("scope-canary")}
)
TOKEN = Credentials(token=SecretStr("token-canary"))


@pytest.mark.parametrize("credentials", [LOGIN, TOKEN])
def test_what_is_sealed_opens_with_the_private_key_only(credentials: Credentials) -> None:
    """The private key decrypts the credentials; another key and the encrypted box reveal nothing."""
    sealed = Sealer(public_of(OLD)).seal("acme", GRAFANA, credentials)
    assert Opener([NEW, OLD]).open("acme", "https://grafana.example/", sealed) == credentials
    assert "canary" not in sealed.model_dump_json()
    assert "canary" not in repr(credentials)
    with pytest.raises(ForbiddenError, match="no key"):
        Opener([NEW]).open("acme", GRAFANA, sealed)


@pytest.mark.parametrize(
    ("org", "url"),
    [("other", GRAFANA), ("acme", "http://grafana.example"), ("acme", "https://grafana.example:444"),
     ("acme", "https://evil.example"), ("acme", "nonsense")],
)  # fmt: skip
def test_a_box_that_was_moved_stays_shut(org: str, url: str) -> None:
    """Credentials that were copied to another organization or origin cannot be decrypted."""
    sealed = Sealer(public_of(OLD)).seal("acme", GRAFANA, TOKEN)
    with pytest.raises(ForbiddenError, match="another place") as caught:
        Opener([OLD]).open(org, url, sealed)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("box", ["", "AAAA", "not base64!"])
def test_a_damaged_box_is_reported(box: str) -> None:
    """A damaged box is reported without its content."""
    key = Sealer(public_of(OLD)).key_id
    with pytest.raises(ForbiddenError, match="damaged"):
        Opener([OLD]).open("acme", GRAFANA, Sealed(key_id=key, box=box))


def test_rotation_keeps_old_boxes_open_and_seals_anew() -> None:
    """With both keys an old box is encrypted for the newest one, and then the old key is not needed."""
    before = Sealer(public_of(OLD)).seal("acme", GRAFANA, LOGIN)
    after = Opener([NEW, OLD]).reseal("acme", GRAFANA, before)
    assert after.key_id == Sealer(public_of(NEW)).key_id != before.key_id
    assert Opener([NEW]).open("acme", GRAFANA, after) == LOGIN


def test_keys_are_checked_and_never_quoted() -> None:
    """A wrong key is refused without being quoted, and a new key pair matches."""
    private, public = new_pair()
    assert public_of(private) == public
    for wrong in ("", "short", "!" * 44):
        with pytest.raises(InvalidError, match="32 bytes"):
            Sealer(wrong)


@pytest.mark.parametrize("content", [{}, {"username": "robot"}, {"password": "x"}])
def test_credentials_are_whole(content: dict[str, str]) -> None:
    """A username without a password, a password without a username, and empty credentials are refused."""
    with pytest.raises(ValueError, match="need"):
        Credentials.model_validate(content)
