from datetime import datetime
from enum import StrEnum
from uuid import UUID

from missions.frozen_model import FrozenModel

GROUP = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
"""How a group may be called."""


class Role(StrEnum):
    """What a person may do in an organization; a person holds a set of them."""

    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    APPROVER = "APPROVER"
    ADMIN = "ADMIN"
    AUDITOR = "AUDITOR"


class Permission(StrEnum):
    """What a request wants to do. Every route and every socket event names one."""

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
_DEEDS: dict[Role, frozenset[Permission]] = {
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
    """Somebody who is signed in, with their roles in one organization.

    `services` limits what they may approve for (None: every service); `groups` are those that a policy may
    ask. `session` and `authenticated_at` (when
    they last proved who they are) are those of the access token they show; None for who shows none.
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

    def may(self, deed: Permission) -> bool:
        """Whether one of the person's roles allows the deed; a service account never decides."""
        if self.is_service and deed in _PEOPLE_ONLY:
            return False
        return any(deed in _DEEDS[role] for role in self.roles)

    def may_decide_for(self, service: str) -> bool:
        """Whether the person decides what is done to this service."""
        return self.may(Permission.DECIDE_APPROVAL) and (self.services is None or service in self.services)
