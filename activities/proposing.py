from uuid import UUID

from temporalio import activity

from activities.ports import Actuator, Gateway
from missions.diagnosis import Diagnosis
from missions.errors import NotFoundError
from missions.plan import ActionKind, Plan
from missions.proposal import Action, Difference, Proposal, TargetState, Verdict
from missions.word import Word


class Findings(Word):
    """The input of propose."""

    diagnosis: Diagnosis
    plan: Plan


class Submission(Word):
    """The input of assess."""

    org: str
    mission_id: UUID
    proposal: Proposal
    summary: str


class Proposing:
    """Turns a cause into exactly one typed action. Runs where the target can be read."""

    def __init__(self, actuator: Actuator, actuator_name: str) -> None:
        self._actuator = actuator
        self._name = actuator_name

    @activity.defn
    async def propose(self, findings: Findings) -> Proposal | None:
        """The first remediation that is in scope and possible now, or None."""
        cause = findings.diagnosis.cause
        if cause is None:
            return None
        try:
            state = await self._actuator.state(cause.service)
        except NotFoundError:  # nothing of ours can change it: there is nothing to propose
            return None
        possible = [
            action
            for kind in cause.remediation
            if kind in findings.plan.actions and (action := self._action(kind, state, findings.plan))
        ]
        if not possible:
            return None
        action = possible[0]
        dependents = sorted(
            edge.caller
            for edge in findings.diagnosis.service_graph.dependencies
            if edge.callee == cause.service
        )
        return Proposal(
            action=action,
            reason=cause.explanation,
            confidence=cause.confidence,
            pre_state=state,
            diff=_diff(action, state),
            blast_radius=_blast(state, dependents),
            rollback=_undo(action, state),
            verification="The panels that showed the incident are looked at again, and compared by number.",
            evidence=tuple(citation.id for citation in cause.evidence),
            alternatives=tuple(other.words for other in possible[1:]),
        )

    def _action(self, kind: ActionKind, state: TargetState, plan: Plan) -> Action | None:
        match kind:
            case ActionKind.RESTART:
                params: dict[str, bool | int | float | str | None] = {}
            case ActionKind.SCALE:
                params = {"replicas": state.replicas + 1}
            case ActionKind.ROLLBACK:
                if state.previous_revision is None:
                    return None
                params = {"revision": state.previous_revision}
        return Action(
            kind=kind, service=state.service, environment=plan.environment, actuator=self._name, params=params
        )


class Assessing:
    """Asks the policy."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @activity.defn
    async def assess(self, submission: Submission) -> Verdict:
        """Allow, review or deny, with the risk and the rule that says so."""
        return await self._gateway.assess(submission.org, submission.proposal, submission.summary)


def _diff(action: Action, state: TargetState) -> tuple[Difference, ...]:
    match action.kind:
        case ActionKind.RESTART:
            return (Difference(field="processes", now="running", proposed="replaced one by one"),)
        case ActionKind.SCALE:
            return (Difference(field="replicas", now=state.replicas, proposed=action.params["replicas"]),)
        case ActionKind.ROLLBACK:
            return (Difference(field="revision", now=state.revision, proposed=action.params["revision"]),)


def _blast(state: TargetState, dependents: list[str]) -> str:
    callers = f"; called by {', '.join(dependents)}" if dependents else "; nothing else is known to call it"
    return f"{state.replicas} replicas of {state.service} ({state.version}){callers}."


def _undo(action: Action, state: TargetState) -> str:
    match action.kind:
        case ActionKind.RESTART:
            return "A restart is not undone; it keeps version, revision and replicas."
        case ActionKind.SCALE:
            return f"Scale {state.service} back to {state.replicas}."
        case ActionKind.ROLLBACK:
            return f"Roll {state.service} forward to revision {state.revision} again."
