from datetime import datetime, timedelta
from uuid import UUID

from missions.frozen_model import FrozenModel
from missions.permissions import Permission, Role, allows

GROUP = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
"""The form of a group's name."""
FRESH_LOGIN = timedelta(minutes=5)
"""How long a login counts as proof for what needs a fresh one."""


class Person(FrozenModel):
    """A signed-in person or service account with its roles in one organization.

    `services` limits what the person may approve for (None: every service); a policy may ask one of `groups`.
    `session` and `authenticated_at` (the last proof of identity) come from an access token; else None.
    """

    id: UUID
    org: str
    email: str
    name: str
    roles: frozenset[Role]
    is_service: bool = False
    services: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()
    session: UUID | None = None
    authenticated_at: datetime | None = None

    def may(self, permission: Permission) -> bool:
        """Whether one of the person's roles grants the permission. A service account lacks some of them."""
        return allows(self.roles, permission, is_service=self.is_service)

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the person's roles grant."""
        return frozenset(permission for permission in Permission if self.may(permission))

    def may_give(self, roles: frozenset[Role]) -> bool:
        """Whether the person may give these roles to others: nobody gives a permission that they lack."""
        given = (permission for permission in Permission if allows(roles, permission, is_service=False))
        return self.may(Permission.ADMINISTER_USERS) and self.permissions.issuperset(given)

    def has_fresh_login(self, now: datetime) -> bool:
        """Whether the person proved their identity in the last five minutes before `now`."""
        return self.authenticated_at is not None and now - self.authenticated_at <= FRESH_LOGIN

    def may_decide_for(self, service: str) -> bool:
        """Whether the person may decide about actions on this service."""
        return self.may(Permission.DECIDE_APPROVAL) and (self.services is None or service in self.services)
