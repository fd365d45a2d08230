"""The refresh token in a cookie: only refresh and logout read it, and only from pages of our own."""

from fastapi import Request, Response

from api.requests.identity import RefreshRequest, RefreshTokenPlace
from api.responses.identity import SessionResponse, User
from api.wiring import Wiring
from missions.errors import ForbiddenError, UnauthenticatedError
from stores.postgres.accounts.sessions import Renewed

NAME = "refresh"


def cookie_name(wiring: Wiring) -> str:
    """With the prefix that binds it to this host; browsers take that over https only."""
    return f"__Host-{NAME}" if wiring.secure else NAME


def session_of(wiring: Wiring, renewed: Renewed, refresh_token: str | None) -> SessionResponse:
    """An access token for the session."""
    account = renewed.account
    token = wiring.tokens.issue(account.person, renewed.session, account.version, renewed.authenticated_at)
    return SessionResponse(
        access_token=token,
        expires_in=wiring.tokens.lifetime_s,
        refresh_token=refresh_token,
        user=User.of(account.person),
    )


def hand_over(
    request: Request,
    response: Response,
    wiring: Wiring,
    renewed: Renewed,
    keep: RefreshTokenPlace = RefreshTokenPlace.BODY,
) -> SessionResponse:
    """The session's answer; a page of our own gets the refresh token as a cookie too, or as that only."""
    if request.headers.get("Origin") not in wiring.origins:
        return session_of(wiring, renewed, renewed.refresh_token)
    set_cookie(response, wiring, renewed)
    return session_of(wiring, renewed, None if keep is RefreshTokenPlace.COOKIE else renewed.refresh_token)


def set_cookie(response: Response, wiring: Wiring, renewed: Renewed) -> None:
    """Hands the refresh token to the browser, out of the reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(wiring),
        renewed.refresh_token,
        max_age=wiring.session_s,
        path="/",
        secure=wiring.secure,
        httponly=True,
        samesite="strict",
    )


def token_of(request: Request, wiring: Wiring, body: RefreshRequest | None) -> tuple[str, RefreshTokenPlace]:
    """The refresh token of the body, or of the cookie; ForbiddenError for a cookie from a foreign page."""
    if body is not None and body.refresh_token is not None:
        return body.refresh_token.get_secret_value(), RefreshTokenPlace.BODY
    token = request.cookies.get(cookie_name(wiring))
    if not token:
        raise UnauthenticatedError("Authentication required")
    if request.headers.get("Origin") not in wiring.origins:
        raise ForbiddenError("This page may not renew a session.")
    return token, RefreshTokenPlace.COOKIE


def forget(response: Response, wiring: Wiring) -> None:
    """Takes the cookie back."""
    response.delete_cookie(
        cookie_name(wiring), path="/", secure=wiring.secure, httponly=True, samesite="strict"
    )
