"""Which role may do what: the one table that the tests of roles and of routes are made from."""

from missions.person import Deed, Role

READS = {
    Deed.READ_OWN_MISSIONS,
    Deed.READ_DASHBOARDS,
    Deed.READ_TEMPLATES,
    Deed.READ_OWN_ACCOUNT,
    Deed.CHANGE_OWN_ACCOUNT,
}
TABLE = {
    Role.VIEWER: READS,
    Role.OPERATOR: READS | {Deed.START_MISSION, Deed.STEER_MISSION},
    Role.APPROVER: READS | {Deed.READ_APPROVALS, Deed.DECIDE_APPROVAL, Deed.READ_POLICY},
    Role.AUDITOR: READS | {Deed.READ_ALL_MISSIONS, Deed.READ_APPROVALS, Deed.READ_AUDIT, Deed.READ_POLICY},
    Role.ADMIN: set(Deed),
}
PEOPLE_ONLY = {Deed.DECIDE_APPROVAL, Deed.CHANGE_OWN_ACCOUNT, Deed.ADMINISTER_USERS, Deed.READ_PAYLOADS}
"""What no service account does, whatever its roles."""
