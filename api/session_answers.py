"""How a session reaches a client: an access token, and a refresh token in the body or in a cookie."""

from dataclasses import dataclass

from fastapi import Request, Response

from api.dependencies.site import Site
from api.devices import LIFETIME, Devices
from api.requests.identity import RefreshRequest, RefreshTokenPlace
from api.responses.identity import SessionResponse, User
from api.tokens import Tokens
from missions.caller import Device
from missions.errors import ForbiddenError, UnauthenticatedError
from stores.postgres.accounts.sessions import Renewed


@dataclass(frozen=True)
class SessionAnswers:
    """Answers logins and renewals. Only refresh and logout read the cookie, and only from our own pages."""

    site: Site
    tokens: Tokens
    devices: Devices
    lifetime_s: int

    @property
    def cookie_name(self) -> str:
        """With the prefix that binds the cookie to this host. Browsers accept the prefix over https only."""
        return "__Host-refresh" if self.site.secure else "refresh"

    def answer(self, renewed: Renewed, refresh_token: str | None = None) -> SessionResponse:
        """A new access token for the session."""
        account = renewed.account
        token = self.tokens.issue(account.person, renewed.session, account.version, renewed.authenticated_at)
        return SessionResponse(
            access_token=token,
            expires_in=self.tokens.lifetime_s,
            refresh_token=refresh_token,
            user=User.of(account.person),
        )

    def hand_over(
        self,
        request: Request,
        response: Response,
        renewed: Renewed,
        place: RefreshTokenPlace = RefreshTokenPlace.BODY,
    ) -> SessionResponse:
        """An access token with the refresh token. Our own pages also get a cookie, or only the cookie."""
        if request.headers.get("Origin") not in self.site.origins:
            return self.answer(renewed, renewed.refresh_token)
        self.set_cookie(response, renewed, self.devices.read(request))
        return self.answer(renewed, None if place is RefreshTokenPlace.COOKIE else renewed.refresh_token)

    def set_cookie(self, response: Response, renewed: Renewed, device: Device | None = None) -> None:
        """Stores the refresh token in the browser, where neither scripts nor other sites can read it.

        A second cookie, which stays after a logout, makes the browser a known one: see `Devices`.
        """
        known_browser = self.devices.issue(renewed.account.person, device)
        for name, value, lifetime_s in (
            (self.cookie_name, renewed.refresh_token, self.lifetime_s),
            (self.devices.cookie_name, known_browser, int(LIFETIME.total_seconds())),
        ):
            response.set_cookie(
                name,
                value,
                max_age=lifetime_s,
                path="/",
                secure=self.site.secure,
                httponly=True,
                samesite="strict",
            )

    def token_of(self, request: Request, body: RefreshRequest | None) -> tuple[str, RefreshTokenPlace]:
        """The refresh token of the body, or of the cookie.

        Raises UnauthenticatedError without one, and ForbiddenError for a cookie from another site's page.
        """
        if body is not None and body.refresh_token is not None:
            return body.refresh_token.get_secret_value(), RefreshTokenPlace.BODY
        token = request.cookies.get(self.cookie_name)
        if not token:
            raise UnauthenticatedError("Authentication required")
        if request.headers.get("Origin") not in self.site.origins:
            raise ForbiddenError("This page may not renew a session.")
        return token, RefreshTokenPlace.COOKIE

    def delete_cookie(self, response: Response) -> None:
        """Removes the refresh token from the browser."""
        response.delete_cookie(
            self.cookie_name, path="/", secure=self.site.secure, httponly=True, samesite="strict"
        )
