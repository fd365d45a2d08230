"""What the API answers about approvals."""

from datetime import UTC, datetime

from missions.approval import Approval
from missions.approval_rights import ApprovalRights, rights_on_approval
from missions.frozen_model import FrozenModel
from missions.person import Person


class ApprovalResponse(Approval):
    """An approval with what the reader may do with it. A broadcast has no reader: it carries the Approval."""

    you: ApprovalRights

    @classmethod
    def of(cls, approval: Approval, person: Person) -> "ApprovalResponse":
        """The approval as this person reads it now."""
        return cls(**dict(approval), you=rights_on_approval(person, approval, datetime.now(UTC)))


class ApprovalListResponse(FrozenModel):
    """Approvals, newest first."""

    approvals: tuple[ApprovalResponse, ...]
