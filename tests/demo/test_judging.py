"""Drawn incidents, their expected results and the careful approver, tested without a shop."""

from typing import Any

import pytest

from api.requests.administration import DashboardRequest
from demo.dashboard import connector, prometheus_connector
from demo.incident import CASES, COURSES, KINDS, draw
from demo.judge import CarefulApprover, judge
from demo.judge_run import JudgeTally
from demo.monitoring.rules import RECORDED
from demo.shop.topology import SERVICES
from runtime.local_settings import DemoAnswer


def summary(kind: str, service: str | None, **other: Any) -> dict[str, Any]:
    outcome, verbs = COURSES[kind]
    action = f"{verbs[0]} {service}" if verbs else None
    return {"outcome": outcome, "cause": service, "action": action, **other}


def card(kind: str, service: str | None) -> dict[str, Any]:
    return {"proposal": {"action": {"kind": kind, "service": service}}}


def test_a_seed_is_one_incident_and_random_draws_every_kind() -> None:
    """A seed always draws the same fault; decoys never affect the faulty service."""
    drawn = set()
    for seed in range(60):
        incident = draw("random", seed, decoys=True)
        drawn.add(incident.fault.kind)
        assert incident.fault == draw("random", seed).fault
        assert incident == draw("random", seed, decoys=True)
        assert draw("random", seed).decoys == ()
        assert {"deployment", "noise"} <= {planned.decoy.kind for planned in incident.decoys}
        for planned in incident.decoys:
            assert planned.decoy.service != incident.fault.service
            if planned.decoy.kind == "deployment":
                assert planned.after_onset_s is not None
                assert 10 <= abs(planned.after_onset_s) <= 25
            if planned.decoy.kind == "alert" and incident.fault.service:
                assert SERVICES.index(planned.decoy.service) < SERVICES.index(incident.fault.service)
    assert drawn == set(KINDS)


@pytest.mark.parametrize("kind", [*KINDS, *CASES])
def test_each_kind_has_one_right_end(kind: str) -> None:
    """Only the expected actions, in their order and on the faulty service, pass for each kind of fault."""
    incident = draw(kind, 3)
    service, verbs = incident.fault.service, COURSES[kind][1]
    done = [{"service": service, "action": verb} for verb in verbs]
    assert judge(incident, DemoAnswer.YES, summary(kind, service), done) == []
    assert judge(
        incident, DemoAnswer.YES, summary(kind, service), [*done, {"service": "web", "action": "restart"}]
    )
    assert judge(incident, DemoAnswer.YES, summary(kind, service, outcome="inconclusive"), done)
    assert judge(incident, DemoAnswer.YES, summary(kind, service, cause="mail"), done)
    if not verbs:
        assert judge(incident, DemoAnswer.YES, summary(kind, service, action="restart web"), [])
    else:
        assert judge(incident, DemoAnswer.YES, summary(kind, service), done[:-1])
        assert judge(incident, DemoAnswer.NO, summary(kind, service, outcome="denied"), []) == []


@pytest.mark.parametrize("case", CASES)
def test_a_case_misleads_by_a_true_deployment_just_before(case: str) -> None:
    """A case has a harmless deployment of the broken service just before the fault; random never draws it."""
    incident = draw(case, 5)
    (harmless,) = incident.decoys
    assert (harmless.decoy.kind, harmless.decoy.service) == ("deployment", incident.fault.service)
    assert harmless.after_onset_s is not None
    assert -5 < harmless.after_onset_s < 0
    assert incident == draw(case, 5)
    assert case not in KINDS
    done = [{"service": service, "action": verb} for service, verb in incident.expected_actions]
    wrong = {"coincidence": "not_recovered", "stubborn": "recovered"}[case]
    assert judge(incident, DemoAnswer.YES, summary(case, incident.fault.service, outcome=wrong), done)


@pytest.mark.parametrize("kind", [*KINDS, *CASES])
def test_a_careful_approver_approves_expected_actions_only(kind: str) -> None:
    """The careful approver approves only expected actions, and denies all others with a reason."""
    incident = draw(kind, 4)
    approver = CarefulApprover(incident)
    for service in SERVICES:
        for action in ("restart", "scale", "rollback"):
            agreed, reason = approver.answer(card(action, service))
            assert agreed == ((service, action) in incident.expected_actions)
            assert action in reason


def test_a_judge_run_passes_with_nine_of_ten_right_and_nothing_wrong_done() -> None:
    """A run fails if one action is wrong or unapproved, even if all missions are right."""
    assert JudgeTally(missions=10, right=9, inconclusive=1).passed
    assert not JudgeTally(missions=10, right=8).passed
    assert not JudgeTally(missions=10, right=10, wrong_actions=1).passed
    assert not JudgeTally(missions=10, right=10, unsafe=1).passed
    assert not JudgeTally().passed


def test_a_prometheus_that_is_gone_is_not_looked_at() -> None:
    """An unavailable Prometheus stays registered, but without pages, so it is not visited."""
    available, unavailable = prometheus_connector("http://127.0.0.1:1"), prometheus_connector(None)
    (page,) = available["config"]["pages"]
    assert all(query["query"] in RECORDED for query in page["queries"])
    assert unavailable["config"]["pages"] == []
    for registration in (available, unavailable):
        DashboardRequest.model_validate(registration)


def test_what_a_fault_shows_is_registered() -> None:
    """The pages have the pool and wait panels of every service, and the provider panel of payments."""
    pages = {page["id"]: set(page["panels"]) for page in connector("http://127.0.0.1:1")["config"]["pages"]}
    for service in SERVICES:
        assert {f"{service}-pool", f"{service}-wait"} <= pages[service]
    assert "payments-provider" in pages["payments"]
