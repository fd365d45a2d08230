"""One incident as the workflow records it: pictures and series in the storage, events in the journal."""

import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

from console_site import Site
from playwright.async_api import Browser
from served_api import ORG, Member, proposal, verdict

from missions.approval import Approval
from missions.diagnosis import Candidate, Citation, Diagnosis, DiagnosisVerdict, Moment, ServiceGraph
from missions.event import (
    Acted,
    Closed,
    Diagnosed,
    Hypothesized,
    Observed,
    Planned,
    Proposed,
    Reported,
    Started,
    Verified,
)
from missions.evidence import (
    Change,
    Dependency,
    Evidence,
    LogLine,
    Origin,
    PageObservation,
    PanelObservation,
    PanelState,
    Series,
)
from missions.feedback import Feedback, FeedbackKind
from missions.mission import Outcome, Status
from missions.plan import ActionKind, Phase, Plan, Target, Window
from missions.proof import NEEDED_SAMPLES
from missions.proposal import Proposal, Receipt, RiskLevel
from missions.verification import AlertCheck, Comparison, ProofPlan, Recovery, Verification
from semantics.series import distinct_measures, measured
from stores.s3 import S3Artifacts

SERVICES = ("web", "checkout", "payments")
SAMPLES = 60
ONSET = SAMPLES // 4
EVIDENCE = ("payments/error_ratio", "deploy-8", "log-1")


def _points(service: str, phase: Phase, end: datetime) -> tuple[tuple[float, float | None], ...]:
    """Errors as a ratio, one sample each five seconds; before the action they rise after a quarter."""
    depth = (SERVICES.index(service) + 1) / len(SERVICES)
    made: list[tuple[float, float | None]] = []
    for n in range(SAMPLES):
        wave = 0.004 * (1 + math.sin(n * 1.7 + depth * 5))
        high = phase is Phase.BEFORE and n > ONSET
        made.append((end.timestamp() - 5 * (SAMPLES - n), wave + (0.31 * depth if high else 0)))
    return tuple(made)


def _page(title: str, series: Series) -> str:
    """A dashboard's page as HTML: one panel with a line through the numbers."""
    values = [value or 0 for _, value in series.points]
    line = " ".join(f"{20 + n * 20},{250 - value * 700:.0f}" for n, value in enumerate(values))
    return f"""<body style="margin:0;background:#111217;color:#ccccdc;font:16px sans-serif;padding:16px 24px">
      <p style="text-align:center">{title}: {series.metric}, last {values[-1]:.1%}</p>
      <svg width="1220" height="280"><path d="M20 10V260H1210" stroke="#444" fill="none"/>
      <polyline points="{line}" stroke="#f2495c" stroke-width="3" fill="none"/></svg></body>"""


class RecordedIncident:
    """Missions of one operator about one incident: revision 8 of `payments` fails."""

    def __init__(self, site: Site, chromium: Browser, storage: S3Artifacts, operator: Member) -> None:
        self._site, self._chromium, self._storage, self._operator = site, chromium, storage, operator
        self._targets = tuple(
            Target(
                id=f"shop/{name}",
                connector="shop",
                type="grafana",
                base_url="http://127.0.0.1:3000",
                path=f"/d/{name}",
                title=f"Shop / {name}",
                panels=("errors",),
            )
            for name in SERVICES
        )

    async def looked(self, prompt: str) -> UUID:
        """A mission that has visited every page and has no diagnosis yet."""
        mission_id = await self._site.world.mission(self._operator, prompt)
        plan = Plan(
            targets=self._targets,
            window=timedelta(minutes=5),
            environment="production",
            actions=tuple(ActionKind),
        )
        for payload in (Started(), Planned(plan=plan)):
            await self._site.world.journal.append(ORG, mission_id, "agent", payload)
        for target in self._targets:
            await self._see(mission_id, target, Phase.BEFORE)
        return mission_id

    async def guessed(self, prompt: str) -> UUID:
        """A mission that is observing, with hypotheses and a person's feedback on one."""
        mission_id = await self.looked(prompt)
        member = self._operator.person
        feedback = Feedback(
            service="web",
            stance=FeedbackKind.RULED_OUT,
            person=member.id,
            name=member.name,
            reason="It only passes on what it gets.",
        )
        guessed = Hypothesized(pages=3, diagnosis=_diagnosis())
        await self._site.world.journal.append(ORG, mission_id, "agent", guessed)
        await self._site.world.dependencies.missions.store.steer(member, mission_id, feedback)
        return mission_id

    async def asked(
        self, prompt: str, risk: RiskLevel = RiskLevel.MEDIUM, cluster: str = ""
    ) -> tuple[UUID, Approval]:
        """A mission that found the cause, and waits for an approval."""
        mission_id = await self.looked(prompt)
        prepared = _proposal(cluster)
        proposed = Proposed(proposal=prepared, verdict=verdict(risk))
        for payload in (Diagnosed(diagnosis=_diagnosis()), proposed):
            await self._site.world.journal.append(ORG, mission_id, "agent", payload)
        return mission_id, await self._site.world.approval(mission_id, risk, prepared=prepared)

    async def ended(
        self, prompt: str, approver: Member, recovery: Recovery, looks_again_at: datetime | None = None
    ) -> UUID:
        """A mission that was approved, executed its action, verified it and ended with this result."""
        mission_id, opened = await self.asked(prompt)
        vote = {"status": "APPROVED", "notes": "The evidence fits.", "actionHash": opened.action_hash}
        answer = await approver.http.patch(f"/api/approvals/{opened.id}/respond", json=vote)
        assert answer.is_success, answer.text
        journal = self._site.world.journal
        done = Receipt(key=str(opened.id), applied=True, detail="payments runs revision 7.")
        await journal.append(ORG, mission_id, "agent", Acted(approval_id=opened.id, receipt=done))
        for target in self._targets:
            await self._see(mission_id, target, Phase.AFTER)
        verification = _verification(recovery)
        judged = Verified(approval_id=opened.id, verification=verification)
        await journal.append(ORG, mission_id, "agent", judged)
        html = await self._storage.put(ORG, b"<h1>Report</h1>", "text/html", "report", "Report")
        source = await self._storage.put(ORG, b"# Report", "text/markdown", "report-markdown", "Report")
        await journal.append(ORG, mission_id, "agent", Reported(html=html, markdown=source))
        end = Closed(
            status=Status.COMPLETED,
            outcome=Outcome(recovery.value),
            reason=verification.reason,
            looks_again_at=looks_again_at,
        )
        await journal.append(ORG, mission_id, "agent", end)
        return mission_id

    async def relapsed(self, prompt: str, approver: Member) -> UUID:
        """A mission that ended as recovered, and whose later look saw the incident again."""
        mission_id = await self.ended(prompt, approver, Recovery.RECOVERED, datetime.now(UTC))
        again = Verified(
            approval_id=mission_id, verification=_verification(Recovery.NOT_RECOVERED), final=True
        )
        await self._site.world.journal.append(ORG, mission_id, "agent", again)
        return mission_id

    async def inconclusive(self, prompt: str) -> UUID:
        """A mission that found no cause."""
        mission_id = await self.looked(prompt)
        diagnosis = Diagnosis(
            verdict=DiagnosisVerdict.INCONCLUSIVE,
            summary="Nothing explains what was seen.",
            service_graph=_GRAPH,
            missing_evidence=("the logs of payments", "deployments of the last hour"),
        )
        end = Closed(status=Status.COMPLETED, outcome=Outcome.INCONCLUSIVE, reason="No cause was found.")
        for payload in (Diagnosed(diagnosis=diagnosis), end):
            await self._site.world.journal.append(ORG, mission_id, "agent", payload)
        return mission_id

    async def _see(self, mission_id: UUID, target: Target, phase: Phase) -> None:
        end = datetime.now(UTC)
        service = target.id.partition("/")[2]
        line = Series(
            id=f"{service}/error_ratio",
            panel="errors",
            service=service,
            metric="error_ratio",
            unit="ratio",
            query=f'rate(errors{{service="{service}"}}[1m]) / rate(requests{{service="{service}"}}[1m])',
            origin=Origin.PAGE_RESPONSE,
            points=_points(service, phase, end),
        )
        evidence = Evidence(
            target=target.id,
            phase=phase,
            window=Window(start=end - timedelta(minutes=5), end=end),
            series=(line,),
            logs=_logs(end) if service == "payments" else (),
            changes=_changes(end) if service == "payments" else (),
        )
        page = await self._chromium.new_page(viewport={"width": 1280, "height": 360})
        await page.set_content(_page(target.title, line))
        picture = await page.screenshot(type="jpeg", quality=80)
        await page.close()
        content = evidence.model_dump_json(by_alias=True).encode()
        sighting = PageObservation(
            target=target.id,
            title=target.title,
            url=target.base_url + target.path,
            phase=phase,
            state=PanelState.READY,
            panels=(
                PanelObservation(
                    id="errors",
                    title="Errors",
                    state=PanelState.READY,
                    samples=SAMPLES,
                    measures=distinct_measures([measured(line)]),
                ),
                PanelObservation(
                    id="9",
                    title="Widgets",
                    state=PanelState.READY,
                    samples=SAMPLES,
                    measures=distinct_measures([measured(line.model_copy(update=_UNKNOWN))]),
                ),
            ),
            screenshot=await self._storage.put(ORG, picture, "image/jpeg", "screenshot", target.title),
            numbers=await self._storage.put(ORG, content, "application/json", "numbers", target.title),
            duration_ms=1430,
        )
        await self._site.world.journal.append(ORG, mission_id, "agent", Observed(sighting=sighting))


_UNKNOWN = {"metric": "widget_state", "query": "avg(widget_state)", "unit": "", "panel": "Widgets"}
_GRAPH = ServiceGraph(
    services=SERVICES,
    dependencies=(
        Dependency(caller="web", callee="checkout"),
        Dependency(caller="checkout", callee="payments"),
    ),
)


def _logs(end: datetime) -> tuple[LogLine, ...]:
    at = end - timedelta(minutes=2)
    words = "charge refused: card network answered 502 after 3 attempts"
    return (LogLine(id="log-1", at=at, service="payments", level="error", message=words),)


def _changes(end: datetime) -> tuple[Change, ...]:
    at = end - timedelta(minutes=4)
    return (
        Change(id="deploy-8", at=at, service="payments", kind="deployment", description="1.8.0", revision=8),
    )


def _proposal(cluster: str) -> Proposal:
    prepared = proposal(evidence=EVIDENCE)
    action = prepared.action.model_copy(update={"cluster": cluster, "namespace": "shop" if cluster else ""})
    proof = ProofPlan(seconds=415, query_window_seconds=300, step_seconds=15, samples=NEEDED_SAMPLES)
    return prepared.model_copy(update={"action": action, "proof": proof})


def _diagnosis() -> Diagnosis:
    onset = datetime.now(UTC) - timedelta(seconds=5 * (SAMPLES - ONSET))
    errors = Citation(
        id="payments/error_ratio", description="Errors rose", before=0.004, after=0.31, unit="ratio"
    )
    cause = Candidate(
        service="payments",
        incident_type="bad-deploy",
        confidence=0.92,
        explanation="Errors of payments began seconds after revision 8 was deployed.",
        evidence=(
            errors,
            Citation(id="deploy-8", description="Revision 8 was deployed"),
            Citation(id="log-1", description="The card network answers 502"),
        ),
        remediation=(ActionKind.ROLLBACK,),
    )
    other = Candidate(
        service="checkout",
        incident_type="overload",
        confidence=0.11,
        explanation="Its errors follow those of payments by ten seconds.",
        evidence=(Citation(id="checkout/error_ratio", description="Errors rose later"),),
    )
    return Diagnosis(
        verdict=DiagnosisVerdict.FOUND,
        summary="**payments** (92%): errors began with revision 8.",
        primary_symptom="Errors at web",
        root_cause_candidates=(cause, other),
        service_graph=_GRAPH,
        timeline=(
            Moment(
                timestamp=onset - timedelta(seconds=15),
                service="payments",
                type="change",
                description="Revision 8 was deployed",
                severity="info",
            ),
            Moment(
                timestamp=onset,
                service="payments",
                type="anomaly",
                description="Errors rise from 0.4 % to 31 %",
                severity="critical",
            ),
        ),
        missing_evidence=("traces of payments",),
        onset=onset,
    )


def _verification(recovery: Recovery) -> Verification:
    """Where not all is well, payments is the last one that still fails, or the only one that does not."""
    well = {
        Recovery.RECOVERED: SERVICES,
        Recovery.STILL_BAD_ELSEWHERE: ("payments",),
        Recovery.NOT_RECOVERED: ("web", "checkout"),
    }[recovery]
    ill = tuple(service for service in SERVICES if service not in well)
    compared = tuple(
        Comparison(
            id=f"{service}/error_ratio",
            service=service,
            metric="error_ratio",
            unit="ratio",
            normal=0.004,
            incident=0.31 * (n + 1) / len(SERVICES),
            after=0.004 if service in well else 0.28,
            recovery=Recovery.RECOVERED if service in well else Recovery.NOT_RECOVERED,
            limit=0.01,
            samples=SAMPLES,
        )
        for n, service in enumerate(SERVICES)
    )
    alerts = tuple(
        AlertCheck(name="ErrorsHigh", service=service, fires=service in ill, recovery=recovery)
        for service in SERVICES
    )
    bad = f"Still bad: errors of {', '.join(ill)}."
    return Verification(
        recovery=recovery,
        reason=bad if ill else "All panels are at their normal level.",
        comparisons=compared,
        alerts=alerts,
        missing=tuple(f"still bad: errors of {service}" for service in ill),
        still_bad=ill,
    )
