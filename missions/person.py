from enum import StrEnum
from uuid import UUID

from missions.word import Word


class Role(StrEnum):
    """What a person may do in an organization; a person holds a set of them."""

    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    APPROVER = "APPROVER"
    ADMIN = "ADMIN"
    AUDITOR = "AUDITOR"


class Deed(StrEnum):
    """What a request wants to do. Every route and every socket event names one."""

    START_MISSION = "start mission"
    READ_OWN_MISSIONS = "read own missions"
    READ_ALL_MISSIONS = "read all missions"
    CANCEL_ANY_MISSION = "cancel any mission"
    DELETE_ANY_MISSION = "delete any mission"
    READ_APPROVALS = "read approvals"
    DECIDE_APPROVAL = "decide approval"
    READ_DASHBOARDS = "read dashboards"
    WRITE_DASHBOARDS = "write dashboards"
    ANNOUNCE = "announce"


_READS = frozenset({Deed.READ_OWN_MISSIONS, Deed.READ_DASHBOARDS})
_DEEDS: dict[Role, frozenset[Deed]] = {
    Role.VIEWER: _READS,
    Role.OPERATOR: _READS | {Deed.START_MISSION},
    Role.APPROVER: _READS | {Deed.READ_APPROVALS, Deed.DECIDE_APPROVAL},
    Role.AUDITOR: _READS | {Deed.READ_ALL_MISSIONS, Deed.READ_APPROVALS},
    Role.ADMIN: frozenset(Deed),
}


class Person(Word):
    """Somebody who is signed in, with their roles in one organization."""

    id: UUID
    org: str
    email: str
    name: str
    roles: frozenset[Role]
    is_service: bool = False

    def may(self, deed: Deed) -> bool:
        """Whether one of the person's roles allows the deed; a service account never decides."""
        if self.is_service and deed is Deed.DECIDE_APPROVAL:
            return False
        return any(deed in _DEEDS[role] for role in self.roles)
