from datetime import datetime

from temporalio import activity

from activities.diagnosing import load
from activities.ports import Artifacts, Diagnoser
from missions.diagnosis import Diagnosis
from missions.evidence import PageObservation, PanelState
from missions.frozen_model import FrozenModel
from missions.verification import AppliedAction, PanelRef, ProofPlan, Verification


class ProofInput(FrozenModel):
    """The input of plan_proof: the diagnosis and the pages that it rests on."""

    org: str
    diagnosis: Diagnosis
    before: tuple[PageObservation, ...]


class VerifyInput(FrozenModel):
    """The input of verify: the same pages before and after the action on `service`, which ended at `since`.

    Inputs of older versions have no organization: their numbers are refused. Some have no service: then it is
    that of the diagnosis.
    """

    org: str = ""
    diagnosis: Diagnosis
    before: tuple[PageObservation, ...]
    after: tuple[PageObservation, ...]
    since: datetime
    service: str = ""


class Verifying:
    """Plans the proof of a recovery, and compares the numbers before and after an action."""

    def __init__(self, diagnoser: Diagnoser, artifacts: Artifacts) -> None:
        self._diagnoser = diagnoser
        self._artifacts = artifacts

    @activity.defn
    async def plan_proof(self, proof_input: ProofInput) -> ProofPlan:
        """How long the proof takes, by what the pages deliver: their query windows and steps."""
        before = await load(self._artifacts, proof_input.org, proof_input.before)
        return await self._diagnoser.plan_proof(proof_input.diagnosis, before)

    @activity.defn
    async def verify(self, verify_input: VerifyInput) -> Verification:
        """Recovered, still bad elsewhere, not recovered, or unknown. Unknown never counts as recovered."""
        before = await load(self._artifacts, verify_input.org, verify_input.before)
        after = await load(self._artifacts, verify_input.org, verify_input.after)
        action = AppliedAction(service=verify_input.service, ended_at=verify_input.since)
        unread = unread_panels(verify_input.after)
        return await self._diagnoser.compare(verify_input.diagnosis, before, after, action, unread)


def unread_panels(observations: tuple[PageObservation, ...]) -> frozenset[PanelRef]:
    """The panels that were not proven ready or empty: no numbers from them is not the number zero."""
    return frozenset(
        PanelRef(observation.target, name)
        for observation in observations
        for panel in observation.panels
        if panel.state in {PanelState.ERROR, PanelState.PARTIAL}
        for name in {panel.id, panel.title}
    )
