from enum import StrEnum


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
PEOPLE_ROLES = frozenset({Role.APPROVER, Role.ADMIN})
"""The roles that no service account has."""
_ADMINISTRATION = frozenset(Permission).difference(
    *(granted for role, granted in _PERMISSIONS.items() if role is not Role.ADMIN)
)
_PEOPLE_ONLY = _ADMINISTRATION | {Permission.DECIDE_APPROVAL, Permission.CHANGE_OWN_ACCOUNT}
"""What only administrators may is administration, and no program's task."""


def allows(roles: frozenset[Role], permission: Permission, *, is_service: bool) -> bool:
    """Whether one of the roles grants the permission. A service account never gets those for people only."""
    if is_service and permission in _PEOPLE_ONLY:
        return False
    return any(permission in _PERMISSIONS[role] for role in roles)
