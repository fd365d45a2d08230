"""Sample objects of one incident: payments leaks memory. Tests change single fields."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from PIL import Image

from missions.approval import Approval, ApprovalStatus
from missions.artifacts import artifact_key
from missions.connector import Connector, ConnectorConfig, PageConfig
from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict, ServiceGraph
from missions.evidence import ArtifactRef, Dependency, Evidence, PageObservation, PanelObservation, PanelState
from missions.mission import Brief
from missions.permissions import Role
from missions.person import Person
from missions.plan import ActionKind, Phase, Plan, Target, Window
from missions.proposal import (
    Action,
    Difference,
    Effect,
    PolicyVerdict,
    Proposal,
    Receipt,
    RiskLevel,
    TargetState,
)
from missions.verification import Recovery, Verification

ORG = "demo"
SERVICE = "payments"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REQUESTER = UUID("00000000-0000-7000-8000-000000000001")


def brief(**changes: Any) -> Brief:
    words: dict[str, Any] = {
        "mission_id": uuid4(),
        "org": ORG,
        "prompt": "Payments is slow. Find out why.",
        "requester": REQUESTER,
        "requester_name": "Olga Operator",
    }
    return Brief(**words | changes)


def person(*roles: Role, **changes: Any) -> Person:
    words: dict[str, Any] = {
        "id": uuid4(),
        "org": ORG,
        "email": "anna@example.org",
        "name": "Anna Approver",
        "roles": frozenset(roles or {Role.APPROVER}),
    }
    return Person(**words | changes)


def target(page: str = "overview") -> Target:
    return Target(
        id=f"shop/{page}",
        connector="shop",
        type="web",
        base_url="http://127.0.0.1:1",
        path=f"/{page}",
        title=page.title(),
        panels=("latency",),
    )


def connector(**config: Any) -> Connector:
    """The dashboard whose pages are the targets of `plan()`."""
    pages = tuple(
        PageConfig(id=page, title=page.title(), path=f"/{page}", panels=("latency",))
        for page in ("overview", "payments")
    )
    words = {"pages": pages, "environment": "demo", "actions": tuple(ActionKind)} | config
    return Connector(name="shop", type="web", base_url="http://127.0.0.1:1", config=ConnectorConfig(**words))


@cache
def picture(page: str) -> bytes:
    """A small JPEG, different for each page."""
    content = io.BytesIO()
    colour = f"hsl({sum(page.encode()) % 360}, 60%, 50%)"
    Image.new("RGB", (32, 24), colour).save(content, "JPEG")
    return content.getvalue()


def plan(*pages: str, **changes: Any) -> Plan:
    words: dict[str, Any] = {
        "targets": tuple(target(page) for page in pages or ("overview", "payments")),
        "window": timedelta(minutes=2),
        "environment": "demo",
        "actions": tuple(ActionKind),
    }
    return Plan(**words | changes)


CONTENT_TYPES = {
    "numbers": "application/json",
    "report": "text/html",
    "report-markdown": "text/markdown",
    "report-pdf": "application/pdf",
    "trace": "application/zip",
    "video": "image/webp",
}
"""The content type of each kind of artifact that is no JPEG."""


def ref(kind: str = "screenshot", sha256: str = "ab" * 32, org: str = ORG) -> ArtifactRef:
    """A reference as `Artifacts.put` returns it for an object with this hash."""
    content_type = CONTENT_TYPES.get(kind, "image/jpeg")
    key = artifact_key(org, kind, sha256, content_type)
    return ArtifactRef(key=key, sha256=sha256, content_type=content_type, size=3, kind=kind)


def sighting(page: str = "overview", **changes: Any) -> PageObservation:
    seen = target(page)
    words: dict[str, Any] = {
        "target": seen.id,
        "title": seen.title,
        "url": seen.base_url + seen.path,
        "phase": Phase.BEFORE,
        "state": PanelState.READY,
        "panels": (PanelObservation(id="latency", title="Latency", state=PanelState.READY, samples=120),),
        "screenshot": None,
        "numbers": None,
        "duration_ms": 900,
    }
    return PageObservation(**words | changes)


def evidence(page: str = "overview", phase: Phase = Phase.BEFORE) -> Evidence:
    return Evidence(
        target=target(page).id, phase=phase, window=Window(start=NOON, end=NOON + timedelta(minutes=2))
    )


def diagnosis(verdict: DiagnosisVerdict = DiagnosisVerdict.FOUND, **changes: Any) -> Diagnosis:
    cause = Candidate(
        service=SERVICE,
        incident_type="leak",
        confidence=0.9,
        explanation="The memory of payments grows without end.",
        evidence=(Citation(id="payments/memory", description="3 GiB", before=0.2, after=3.0, unit="GiB"),),
        remediation=(ActionKind.RESTART, ActionKind.SCALE),
    )
    words: dict[str, Any] = {
        "verdict": verdict,
        "summary": {
            DiagnosisVerdict.FOUND: "payments leaks memory",
            DiagnosisVerdict.HEALTHY: "all is well",
            DiagnosisVerdict.INCONCLUSIVE: "nothing was seen",
        }[verdict],
        "root_cause_candidates": (cause,) if verdict is DiagnosisVerdict.FOUND else (),
        "service_graph": ServiceGraph(
            services=("web", SERVICE), dependencies=(Dependency(caller="web", callee=SERVICE),)
        ),
    }
    return Diagnosis(**words | changes)


def state(**changes: Any) -> TargetState:
    words: dict[str, Any] = {
        "service": SERVICE,
        "generation": 3,
        "replicas": 2,
        "revision": 2,
        "version": "v2",
        "previous_revision": 1,
    }
    return TargetState(**words | changes)


def proposal(**changes: Any) -> Proposal:
    words: dict[str, Any] = {
        "action": Action(
            kind=ActionKind.ROLLBACK,
            service=SERVICE,
            environment="demo",
            actuator="memory",
            entry="rollback",
            params={"revision": 1},
        ),
        "reason": "payments fails since v2.",
        "confidence": 0.9,
        "pre_state": state(),
        "diff": (Difference(field="revision", now=2, proposed=1),),
        "blast_radius": "2 replicas of payments",
        "rollback": "Roll payments forward to revision 2 again.",
        "verification": "the same panels",
        "evidence": ("payments/error_ratio",),
    }
    return Proposal(**words | changes)


def verdict(effect: Effect = Effect.REVIEW, risk: RiskLevel = RiskLevel.MEDIUM) -> PolicyVerdict:
    return PolicyVerdict(effect=effect, risk=risk, rule="a-rule", reason="so it says", policy_version="p1")


def approval(**changes: Any) -> Approval:
    words: dict[str, Any] = {
        "id": uuid4(),
        "mission_id": uuid4(),
        "status": ApprovalStatus.PENDING,
        "proposal": proposal(),
        "verdict": verdict(),
        "risk": RiskLevel.MEDIUM,
        "quorum": 1,
        "requester": REQUESTER,
        "requester_name": "Olga Operator",
        "action_hash": "0" * 64,
        "decide_by": NOON + timedelta(minutes=30),
        "act_by": NOON + timedelta(minutes=35),
        "created_at": NOON,
    }
    return Approval(**words | changes)


def receipt(key: str = "k", *, applied: bool = True) -> Receipt:
    return Receipt(
        key=key, applied=applied, detail="restarted 2 processes" if applied else "Nothing was done."
    )


def verification(recovery: Recovery = Recovery.RECOVERED) -> Verification:
    return Verification(recovery=recovery, reason=f"the numbers say {recovery}")
