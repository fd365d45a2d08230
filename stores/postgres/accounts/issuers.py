"""The right to issue a token is checked again when the token is used."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import InvalidCredentialsError, NotFoundError
from missions.permissions import Permission
from missions.person import Person
from stores.postgres.accounts.people import account_of

INVALID_LINK = "This link is invalid, expired or already used."


async def current_issuer(
    session: AsyncSession, issuer: UUID | None, org: str, permission: Permission
) -> Person | None:
    """The person who issued a token for this organization, with the roles that they have there now.

    None without an issuer, and if the issuer could not issue it any more: they left, are disabled, lost the
    permission, or the organization is suspended or deleted.
    """
    if issuer is None:
        return None
    try:
        person = (await account_of(session, issuer, org)).person
    except NotFoundError:
        return None
    return person if person.may(permission) else None


async def require_issuer(
    session: AsyncSession, issuer: UUID | None, org: str, permission: Permission
) -> Person:
    """As `current_issuer`; raises InvalidCredentialsError instead of returning None."""
    person = await current_issuer(session, issuer, org, permission)
    if person is None:
        raise InvalidCredentialsError(INVALID_LINK)
    return person
