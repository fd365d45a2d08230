from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from missions.frozen_model import FrozenModel

GROUP = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
"""The form of a group's name."""
FRESH_LOGIN = timedelta(minutes=5)
"""How long a login counts as proof for what needs a fresh one."""


class Role(StrEnum):
    """A named set of permissions; a person has several roles in an organization."""

    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    APPROVER = "APPROVER"
    ADMIN = "ADMIN"
    AUDITOR = "AUDITOR"


class Permission(StrEnum):
    """What a request wants to do. Every route and every socket event requires one."""

    START_MISSION = "start mission"
    READ_OWN_MISSIONS = "read own missions"
    READ_ALL_MISSIONS = "read all missions"
    STEER_MISSION = "steer mission"
    CANCEL_ANY_MISSION = "cancel any mission"
    DELETE_ANY_MISSION = "delete any mission"
    READ_APPROVALS = "read approvals"
    DECIDE_APPROVAL = "decide approval"
    READ_DASHBOARDS = "read dashboards"
    WRITE_DASHBOARDS = "write dashboards"
    READ_TEMPLATES = "read templates"
    WRITE_TEMPLATES = "write templates"
    ANNOUNCE = "announce"
    READ_OWN_ACCOUNT = "read own account"
    CHANGE_OWN_ACCOUNT = "change own account"
    ADMINISTER_USERS = "administer users"
    READ_AUDIT = "read the audit trail"
    ADMINISTER_ORGS = "administer organizations"
    READ_POLICY = "read the policy"
    READ_PAYLOADS = "read what Temporal keeps"


_READS = frozenset(
    {
        Permission.READ_OWN_MISSIONS,
        Permission.READ_DASHBOARDS,
        Permission.READ_TEMPLATES,
        Permission.READ_OWN_ACCOUNT,
        Permission.CHANGE_OWN_ACCOUNT,
    }
)
_PEOPLE_ONLY = frozenset(
    {
        Permission.DECIDE_APPROVAL,
        Permission.CHANGE_OWN_ACCOUNT,
        Permission.ADMINISTER_USERS,
        Permission.READ_PAYLOADS,
    }
)
_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _READS,
    Role.OPERATOR: _READS | {Permission.START_MISSION, Permission.STEER_MISSION},
    Role.APPROVER: _READS | {Permission.READ_APPROVALS, Permission.DECIDE_APPROVAL, Permission.READ_POLICY},
    Role.AUDITOR: _READS
    | {
        Permission.READ_ALL_MISSIONS,
        Permission.READ_APPROVALS,
        Permission.READ_AUDIT,
        Permission.READ_POLICY,
    },
    Role.ADMIN: frozenset(Permission),
}


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
        if self.is_service and permission in _PEOPLE_ONLY:
            return False
        return any(permission in _PERMISSIONS[role] for role in self.roles)

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that the person's roles grant."""
        return frozenset(permission for permission in Permission if self.may(permission))

    def has_fresh_login(self, now: datetime) -> bool:
        """Whether the person proved their identity in the last five minutes before `now`."""
        return self.authenticated_at is not None and now - self.authenticated_at <= FRESH_LOGIN

    def may_decide_for(self, service: str) -> bool:
        """Whether the person may decide about actions on this service."""
        return self.may(Permission.DECIDE_APPROVAL) and (self.services is None or service in self.services)
