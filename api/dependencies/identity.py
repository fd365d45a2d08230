from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from adapters.identities.oidc import OidcIssuer
from adapters.identities.passkeys import Passkeys
from api.tokens import Tokens
from missions.errors import NotFoundError
from runtime.process_settings import ApiSettings
from stores.passwords import Passwords
from stores.postgres.accounts.accounts import AccountStore
from stores.postgres.accounts.factors import FactorStore
from stores.postgres.accounts.identities import IdentityStore
from stores.postgres.accounts.invitations import InvitationStore
from stores.postgres.accounts.members import MemberStore
from stores.postgres.accounts.passkeys import PasskeyStore
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.second_factors import SecondFactorStore
from stores.postgres.accounts.service_accounts import ServiceAccountStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.database import Database
from stores.seals import Seals
from stores.secrets import Lineage


@dataclass(frozen=True)
class AuthenticationDependencies:
    """Finds the person behind a token or an API key."""

    people: PersonStore
    service_accounts: ServiceAccountStore
    tokens: Tokens

    @classmethod
    def of(cls, settings: ApiSettings, database: Database) -> "AuthenticationDependencies":
        """With the signing key of the settings."""
        return cls(
            people=PersonStore(database),
            service_accounts=ServiceAccountStore(database),
            tokens=Tokens(
                settings.jwt_secret.get_secret_value(),
                settings.public_url,
                timedelta(minutes=settings.access_token_minutes),
            ),
        )


@dataclass(frozen=True)
class AccountDependencies:
    """Accounts with their passwords, factors and sessions; `second_factors` are the TOTP codes."""

    store: AccountStore
    passwords: Passwords
    factors: FactorStore
    second_factors: SecondFactorStore
    sessions: SessionStore

    @classmethod
    def of(cls, settings: ApiSettings, database: Database) -> "AccountDependencies":
        """With the keys of the settings."""
        lineage = Lineage(settings.jwt_secret.get_secret_value())
        return cls(
            store=AccountStore(database),
            passwords=Passwords(),
            factors=FactorStore(database),
            second_factors=SecondFactorStore(database, Seals(settings.seal_secret.get_secret_value())),
            sessions=SessionStore(database, lineage, timedelta(hours=settings.session_hours)),
        )


@dataclass(frozen=True)
class PasskeyDependencies:
    """Passkeys: their public keys, the WebAuthn protocol, and the challenges that wait for an answer."""

    store: PasskeyStore
    webauthn: Passkeys
    challenges: IdentityStore

    @classmethod
    def of(cls, settings: ApiSettings, database: Database) -> "PasskeyDependencies":
        """For the origin that people use."""
        return cls(PasskeyStore(database), Passkeys(settings.public_url), IdentityStore(database))


@dataclass(frozen=True)
class IdentityProviderDependencies:
    """OpenID Connect: the configured issuers by name, and the identities that people connected.

    `login_max_age` is the longest time since a provider asked a person for a proof, for a login.
    """

    issuers: Mapping[str, OidcIssuer]
    identities: IdentityStore
    login_max_age: timedelta

    def issuer(self, name: str) -> OidcIssuer:
        """The issuer of this name. Raises NotFoundError."""
        if name not in self.issuers:
            raise NotFoundError("Unknown identity provider.")
        return self.issuers[name]

    @classmethod
    def of(cls, settings: ApiSettings, database: Database) -> "IdentityProviderDependencies":
        """With an issuer for each provider of the settings."""
        site = settings.public_url.rstrip("/")
        issuers = {
            provider.name: OidcIssuer(
                provider.issuer,
                provider.client_id,
                provider.client_secret.get_secret_value(),
                provider.scope,
                f"{site}/api/auth/oauth/{provider.name}/callback",
            )
            for provider in settings.oidc_providers
        }
        # A proof that is older than the longest session opens no new one.
        return cls(issuers, IdentityStore(database), timedelta(hours=settings.session_hours))


@dataclass(frozen=True)
class MemberDependencies:
    """The people of an organization, and the invitations to it."""

    store: MemberStore
    invitations: InvitationStore

    @classmethod
    def of(cls, database: Database) -> "MemberDependencies":
        """Both in this database."""
        return cls(MemberStore(database), InvitationStore(database))
