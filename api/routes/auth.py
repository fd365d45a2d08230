from datetime import timedelta

from fastapi import APIRouter

from api.access import Reader, Wired
from api.answers import Session, User
from api.inputs import Login
from missions.errors import UnauthenticatedError
from missions.person import Person

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login")
async def login(body: Login, wiring: Wired) -> Session:
    """Signs in. An unknown person and a wrong password cost and answer the same."""
    account = await wiring.people.by_email(body.email)
    stored = account.password_hash if account else None
    fits = await wiring.passwords.verify(body.password.get_secret_value(), stored)
    if account is None or not fits:
        raise UnauthenticatedError("E-mail address or password is wrong.")
    person = account.person
    session = await wiring.people.open_session(person, timedelta(hours=wiring.session_hours))
    return Session(
        access_token=wiring.tokens.issue(person, session, account.version),
        expires_in=wiring.tokens.lifetime_s,
        user=_user(person),
    )


@router.get("/me")
async def me(person: Reader) -> User:
    """Who is signed in."""
    return _user(person)


def _user(person: Person) -> User:
    return User(
        id=person.id, email=person.email, name=person.name, org=person.org, roles=tuple(sorted(person.roles))
    )
