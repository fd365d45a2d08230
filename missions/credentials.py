from typing import Self

from pydantic import Field, SecretStr, model_validator

from missions.frozen_model import FrozenModel


class Sealed(FrozenModel):
    """Credentials that only the browser worker can open, with the key `key_id`.

    `box` is base64 of a NaCl sealed box. The content names the organization and the origin that it was sealed
    for, and is refused for any other.
    """

    key_id: str = Field(max_length=64)
    box: str = Field(max_length=100_000)


class Credentials(FrozenModel):
    """How to sign in to a dashboard: a bearer token, other headers, or a username with its password.

    Plain only in an administrator's request and in the browser worker's memory; everywhere else `Sealed`.
    """

    token: SecretStr | None = None
    username: str = Field(default="", max_length=254)
    password: SecretStr | None = None
    headers: dict[str, SecretStr] = Field(default={}, max_length=10)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.token or self.headers or self.password):
            raise ValueError("credentials need a token, headers, or a username with its password")
        if (self.password is None) != (not self.username):
            raise ValueError("a username needs its password, and a password its username")
        return self

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers of every request to the dashboard's origin."""
        plain = {name: value.get_secret_value() for name, value in self.headers.items()}
        if self.token is not None:
            plain = {"Authorization": f"Bearer {self.token.get_secret_value()}"} | plain
        return plain
