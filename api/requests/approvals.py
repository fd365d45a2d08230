"""What a client may send about approvals and the policy. Unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from missions.approval import AfterDenial, VoteChoice
from missions.strict_model import StrictModel


class ApprovalAnswerRequest(StrictModel):
    """An answer to exactly the action whose hash the client showed.

    Approving needs `typedTarget` from risk HIGH on. After a denial the mission does `then`: propose the next
    candidate, or end.
    """

    status: VoteChoice
    notes: Annotated[str, Field(max_length=2000)] = ""
    action_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    typed_target: Annotated[str, Field(max_length=500)] | None = None
    then: AfterDenial = AfterDenial.END


class WithdrawalRequest(StrictModel):
    """Why the person takes their answer back."""

    reason: Annotated[str, Field(max_length=2000)] = ""


class PolicyTestRequest(StrictModel):
    """An action to test the policy with; `at` is the time of the test, by default now.

    `severity` is the action catalog's: it can only raise the risk that the policy gives.
    """

    action: Annotated[str, Field(min_length=1, max_length=100)]
    service: Annotated[str, Field(min_length=1, max_length=100)]
    environment: Annotated[str, Field(min_length=1, max_length=100)]
    cluster: Annotated[str, Field(max_length=100)] = ""
    namespace: Annotated[str, Field(max_length=100)] = ""
    severity: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"] = "LOW"
    at: AwareDatetime | None = None
