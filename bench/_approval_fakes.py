"""Fakes for missions without dashboards whose action creates a file; rows and workflows are real."""

import contextlib
import os
import signal
import time
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from activities.ports import ArtifactReader
from missions.approval import Approval
from missions.artifacts import artifact_key
from missions.catalog import Catalog, remedies_of
from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict
from missions.event import Event
from missions.evidence import ArtifactRef, Evidence
from missions.mission import Brief, Outcome
from missions.plan import ActionKind, Plan
from missions.proposal import Action, Effect, PolicyVerdict, Proposal, Receipt, RiskLevel, TargetState
from missions.reminder import Urgency
from missions.verification import AppliedAction, PanelRef, ProofPlan, Recovery, Verification
from runtime.topology import ORG

CATALOG = Catalog(entries=remedies_of("sink", ORG))


class CrashPoint(StrEnum):
    """Where a worker kills itself: before the effect, or between the effect and the row of its outcome."""

    BEFORE_EFFECT = "crash-before-effect"
    AFTER_EFFECT = "crash-after-effect"


class SinkActuator:
    """Accepts any target. An effect is a file in `effects`, named after the action's key.

    The file `asked` has a line (key, epoch seconds) for each call of `apply`.
    """

    repeatable = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = folder / "asked"
        self._effects = folder / "effects"
        self._effects.mkdir(parents=True, exist_ok=True)

    async def state(self, service: str) -> TargetState:
        """The same for every service."""
        return TargetState(service=service, generation=1, replicas=2, revision=2, previous_revision=1)

    async def rehearse(self, action: Action) -> str:
        """Describes the action."""
        return f"It would {action.words}."

    async def apply(self, action: Action, key: str, expected: TargetState) -> Receipt:
        """Creates the file, if it does not exist yet."""
        with self._asked.open("a") as file:
            file.write(f"{key} {time.time():.6f}\n")
        self._crash(CrashPoint.BEFORE_EFFECT)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self._effects / key, os.O_CREAT | os.O_EXCL))
        self._crash(CrashPoint.AFTER_EFFECT)
        return Receipt(key=key, applied=True, detail=f"Done: {action.words}.")

    def _crash(self, point: CrashPoint) -> None:
        """Kills this process with SIGKILL if a file requests it; removes the file first."""
        try:
            (self._folder / point).unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)

    async def find(self, action: Action, key: str) -> Receipt | None:
        """The receipt, if the file exists."""
        if not (self._effects / key).exists():
            return None
        return Receipt(key=key, applied=True, detail=f"Done: {action.words}.")

    async def close(self) -> None:
        """Nothing is open."""


class FixedPlanner:
    """Plans no targets. `window=` in the prompt gives the seconds until an approval expires."""

    async def plan(self, brief: Brief) -> Plan:
        words = dict(word.split("=") for word in brief.prompt.split() if "=" in word)
        return Plan(
            targets=(),
            window=timedelta(minutes=1),
            environment="bench",
            actions=tuple(ActionKind),
            decide_within=timedelta(seconds=float(words.get("window", "600"))),
            settling=(timedelta(milliseconds=1),),
        )


class PromptDiagnoser:
    """Finds the service that the prompt names as the cause; every action helps."""

    async def diagnose(self, symptom: str, evidence: tuple[Evidence, ...]) -> Diagnosis:
        (service,) = (word.split("=")[1] for word in symptom.split() if word.startswith("service="))
        cause = Candidate(
            service=service,
            incident_type="leak",
            confidence=0.9,
            explanation="The prompt names it.",
            evidence=(Citation(id="prompt", description="the prompt"),),
            remediation=(ActionKind.RESTART,),
        )
        return Diagnosis(verdict=DiagnosisVerdict.FOUND, summary="known", root_cause_candidates=(cause,))

    async def plan_proof(self, diagnosis: Diagnosis, before: tuple[Evidence, ...]) -> ProofPlan:
        return ProofPlan(seconds=0, query_window_seconds=0, step_seconds=0, samples=0)

    async def compare(
        self,
        diagnosis: Diagnosis,
        before: tuple[Evidence, ...],
        after: tuple[Evidence, ...],
        action: AppliedAction,
        unread: frozenset[PanelRef] = frozenset(),
    ) -> Verification:
        return Verification(recovery=Recovery.RECOVERED, reason="Every action helps.")


class RiskByNameGateway:
    """Reads the risk from the service's name: `t17-high`."""

    async def assess(self, org: str, mission_id: UUID, proposal: Proposal, summary: str) -> PolicyVerdict:
        risk = RiskLevel[proposal.action.service.rpartition("-")[2].upper()]
        return PolicyVerdict(
            effect=Effect.REVIEW, risk=risk, rule="bench", reason="bench", policy_version="1"
        )


class SilentNotifier:
    """Sends nothing: the benchmark reads the rows."""

    async def ask(self, org: str, approval: Approval) -> None: ...
    async def remind(self, org: str, approval: Approval, urgency: Urgency) -> None: ...


class NoArtifacts:
    """Stores nothing."""

    async def put(self, org: str, content: bytes, content_type: str, kind: str, title: str) -> ArtifactRef:
        digest = "0" * 64
        key = artifact_key(org, kind, digest, content_type)
        return ArtifactRef(key=key, sha256=digest, content_type=content_type, size=len(content), kind=kind)

    async def get(self, org: str, ref: ArtifactRef) -> bytes:
        return b""


class EmptyReporter:
    """Writes empty reports."""

    async def write(
        self, events: tuple[Event, ...], outcome: Outcome, reason: str, load: ArtifactReader
    ) -> tuple[bytes, bytes]:
        return b"", b""
