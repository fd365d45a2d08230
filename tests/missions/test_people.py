"""Who may do what, as one table."""

import pytest
import samples as sample
from permissions import PEOPLE_ONLY, TABLE

from missions.approval_rights import why_not
from missions.permissions import Permission, Role


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_what_the_table_says(role: Role) -> None:
    """Every role and every deed."""
    assert {deed for deed in Permission if sample.person(role).may(deed)} == TABLE[role]


def test_roles_add_up_and_none_may_nothing() -> None:
    """Two roles may what each may."""
    both = sample.person(Role.OPERATOR, Role.AUDITOR)
    assert {deed for deed in Permission if both.may(deed)} == TABLE[Role.OPERATOR] | TABLE[Role.AUDITOR]
    nobody = sample.person(roles=frozenset())
    assert not any(nobody.may(deed) for deed in Permission)


def test_a_service_account_never_decides() -> None:
    """Whatever its roles; the rest it may."""
    robot = sample.person(Role.ADMIN, is_service=True)
    assert {deed for deed in Permission if not robot.may(deed)} == PEOPLE_ONLY


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
    """Deciding needs the role, somebody else's mission, and a human being."""
    person = sample.person(roles=frozenset(roles), is_service=is_service)
    approval = sample.approval(**({"requester": person.id} if requested_it else {}))
    answer = why_not(person, approval)
    assert (answer is None) == (reason is None)
    assert reason is None or (answer is not None and reason in answer.text)
