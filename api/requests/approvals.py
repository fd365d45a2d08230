"""What a client may send about approvals and the policy. Unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from missions.approval import AfterDenial, VoteChoice
from missions.strict_model import StrictModel


class ApprovalAnswerRequest(StrictModel):
    """An answer to exactly the action whose hash was shown.

    From risk HIGH on a yes types what it acts on; `then` is a denier's wish: the next candidate, or the end.
    """

    status: VoteChoice
    notes: Annotated[str, Field(max_length=2000)] = ""
    action_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    typed_target: Annotated[str, Field(max_length=500)] | None = None
    then: AfterDenial = AfterDenial.END


class WithdrawalRequest(StrictModel):
    """Why somebody takes the own answer back."""

    reason: Annotated[str, Field(max_length=2000)] = ""


class PolicyTestRequest(StrictModel):
    """An action that a mission might propose; now, unless `at` says when.

    `severity` is what the catalog of actions says of it: it only raises what the policy says.
    """

    action: Annotated[str, Field(min_length=1, max_length=100)]
    service: Annotated[str, Field(min_length=1, max_length=100)]
    environment: Annotated[str, Field(min_length=1, max_length=100)]
    severity: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"] = "LOW"
    at: AwareDatetime | None = None
