"""The permissions of each role: the table for the tests of roles and of routes."""

from missions.permissions import Permission, Role

READS = {
    Permission.READ_OWN_MISSIONS,
    Permission.READ_DASHBOARDS,
    Permission.READ_TEMPLATES,
    Permission.READ_OWN_ACCOUNT,
    Permission.CHANGE_OWN_ACCOUNT,
}
TABLE = {
    Role.VIEWER: READS,
    Role.OPERATOR: READS | {Permission.START_MISSION, Permission.STEER_MISSION},
    Role.APPROVER: READS | {Permission.READ_APPROVALS, Permission.DECIDE_APPROVAL, Permission.READ_POLICY},
    Role.AUDITOR: READS
    | {
        Permission.READ_ALL_MISSIONS,
        Permission.READ_APPROVALS,
        Permission.READ_AUDIT,
        Permission.READ_POLICY,
    },
    Role.ADMIN: set(Permission),
}
PEOPLE_ONLY = {
    Permission.DECIDE_APPROVAL,
    Permission.CHANGE_OWN_ACCOUNT,
    Permission.CANCEL_ANY_MISSION,
    Permission.DELETE_ANY_MISSION,
    Permission.WRITE_DASHBOARDS,
    Permission.WRITE_TEMPLATES,
    Permission.ANNOUNCE,
    Permission.ADMINISTER_USERS,
    Permission.ADMINISTER_ORGS,
    Permission.READ_PAYLOADS,
}
"""The permissions that no service account has, with any roles."""
