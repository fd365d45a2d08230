"""One table defines the permissions of each role."""

import pytest
import samples as sample
from permissions import PEOPLE_ONLY, READS, TABLE

from missions import permissions
from missions.approval_rights import why_not
from missions.permissions import Permission, Role


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_table_says(role: Role) -> None:
    """Each role has exactly the permissions that the table lists."""
    assert {permission for permission in Permission if sample.person(role).may(permission)} == TABLE[role]


def test_roles_add_up_and_none_may_nothing() -> None:
    """A person with two roles has the permissions of both; a person without roles has none."""
    both = sample.person(Role.OPERATOR, Role.AUDITOR)
    permissions = {permission for permission in Permission if both.may(permission)}
    assert permissions == TABLE[Role.OPERATOR] | TABLE[Role.AUDITOR]
    without_roles = sample.person(roles=frozenset())
    assert not any(without_roles.may(permission) for permission in Permission)


def test_a_service_account_never_decides() -> None:
    """A service account lacks the permissions that are reserved for people, whatever its roles are."""
    service_account = sample.person(Role.ADMIN, is_service=True)
    assert {permission for permission in Permission if not service_account.may(permission)} == PEOPLE_ONLY


@pytest.mark.parametrize("role", list(Role))
def test_au16_only_administrators_give_roles(role: Role) -> None:
    """An administrator gives every role, everybody else and a service account none."""
    giver, everything = sample.person(role), frozenset(Role)
    assert giver.may_give(everything) is (role is Role.ADMIN)
    assert not sample.person(Role.ADMIN, is_service=True).may_give(frozenset({Role.VIEWER}))


def test_au16_nobody_gives_a_permission_that_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who may administer users, but does not have every permission, gives what they have."""
    granted = permissions._PERMISSIONS
    monkeypatch.setitem(granted, Role.VIEWER, frozenset(READS | {Permission.ADMINISTER_USERS}))
    giver = sample.person(Role.VIEWER)
    assert giver.may_give(frozenset({Role.VIEWER}))
    for role in set(Role) - {Role.VIEWER}:
        assert not giver.may_give(frozenset({Role.VIEWER, role}))


@pytest.mark.parametrize(
    ("roles", "requested_it", "is_service", "reason"),
    [
        ({Role.APPROVER}, False, False, None),
        ({Role.ADMIN}, False, False, None),
        ({Role.OPERATOR, Role.APPROVER}, False, False, None),
        ({Role.VIEWER}, False, False, "role APPROVER"),
        ({Role.OPERATOR}, False, False, "role APPROVER"),
        ({Role.AUDITOR}, False, False, "role APPROVER"),
        (set(), False, False, "role APPROVER"),
        ({Role.APPROVER}, True, False, "somebody else"),
        ({Role.ADMIN}, True, False, "somebody else"),
        ({Role.APPROVER}, False, True, "service account"),
        ({Role.ADMIN}, True, True, "service account"),
    ],
)
def test_why_not(roles: set[Role], requested_it: bool, is_service: bool, reason: str | None) -> None:  # noqa: FBT001  parametrized
    """Deciding needs the approver's role, a mission that somebody else requested, and a human account."""
    person = sample.person(roles=frozenset(roles), is_service=is_service)
    approval = sample.approval(**({"requester": person.id} if requested_it else {}))
    answer = why_not(person, approval)
    assert (answer is None) == (reason is None)
    assert reason is None or (answer is not None and reason in answer.text)
