"""The rules of what a person may do with a mission that they may read. API, stores and console share them."""

from uuid import UUID

from missions.frozen_model import FrozenModel
from missions.mission import Mission
from missions.permissions import Permission
from missions.person import Person


class MissionRights(FrozenModel):
    """What one person may do with one mission now."""

    may_cancel: bool
    may_delete: bool
    may_give_feedback: bool
    may_control_browser: bool


def owns_or_may(person: Person, requester: UUID, permission: Permission) -> bool:
    """Whether the person requested the mission, or has the permission for every mission."""
    return person.id == requester or person.may(permission)


def rights_on_mission(person: Person, mission: Mission) -> MissionRights:
    """What the person may do: an ended mission can only be deleted, a running one cannot be."""
    ended = mission.status.is_terminal
    steers = person.may(Permission.STEER_MISSION)
    return MissionRights(
        may_cancel=not ended and owns_or_may(person, mission.requester, Permission.CANCEL_ANY_MISSION),
        may_delete=ended and owns_or_may(person, mission.requester, Permission.DELETE_ANY_MISSION),
        may_give_feedback=not ended and steers,
        may_control_browser=not ended and steers,
    )
