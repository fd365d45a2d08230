"""An API that is configured with a local OpenID issuer, and the ways of a browser between the two."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
from local_issuer import CLIENT, SECRET, LocalIssuer
from loopback import served
from served_api import PUBLIC_URL, Member, World, world

from missions.permissions import Role
from runtime.setting_types import OidcProvider

START, CALLBACK = "/api/auth/oauth/local/start", "/api/auth/oauth/local/callback"


@dataclass(frozen=True)
class ProviderSetup:
    """An API that is configured with one issuer."""

    api: World
    issuer: LocalIssuer

    async def to_the_issuer_and_back(self, start: httpx.Response) -> dict[str, str]:
        """The query parameters with which the issuer redirects back."""
        assert start.status_code in (200, 302), start.text
        url = start.headers.get("Location") or start.json()["url"]
        back = await self.api.client().get(url)
        assert back.status_code == 302, back.text
        where = urlsplit(back.headers["Location"])
        assert f"{where.scheme}://{where.netloc}{where.path}" == PUBLIC_URL + CALLBACK
        return {name: values[0] for name, values in parse_qs(where.query).items()}

    async def sign_in(self, client: httpx.AsyncClient) -> httpx.Response:
        returned = await self.to_the_issuer_and_back(await client.get(START))
        return await client.get(CALLBACK, params=returned)

    async def connected(self, subject: str) -> Member:
        """A member who connected this identity to their account."""
        member = await self.api.member(Role.OPERATOR)
        self.issuer.subject = subject
        returned = await self.to_the_issuer_and_back(await member.http.post("/api/auth/oauth/local/connect"))
        answer = await member.http.get(CALLBACK, params=returned)
        assert (answer.status_code, answer.headers["Location"]) == (302, PUBLIC_URL + "/settings")
        return member


FAILED = "/?refused=failed"


def refusal(answer: httpx.Response) -> str:
    """The path of this site to which the callback redirects."""
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith(f"{PUBLIC_URL}/")
    return str(location.removeprefix(PUBLIC_URL))


@asynccontextmanager
async def provider_setup(api: World) -> AsyncIterator[ProviderSetup]:
    """A second API on the same database, with the issuer `local`."""
    issuer = LocalIssuer()
    async with served(issuer.app) as url:
        issuer.url = url
        provider = OidcProvider(name="local", issuer=url, client_id=CLIENT, client_secret=SECRET)
        async with world(api.places, api.urls, oidc_providers=(provider,)) as made:
            yield ProviderSetup(made, issuer)
