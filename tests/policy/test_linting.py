import json
from pathlib import Path
from typing import Any

import pytest

from missions.plan import ActionKind
from policy.linting import ComplaintKind, lint
from policy.rules import load_policy

CATALOG = frozenset(ActionKind)
RATED = {"restart": "low", "scale": "medium", "rollback": "high"}
STAGING = {"organization": "demo", "action": "restart", "environment": "staging"}
OFFICE = {"days": ["mon"], "from": "09:00", "to": "17:00", "timeZone": "UTC"}


def complaints(*rules: dict[str, Any], **rest: Any) -> set[tuple[str, str]]:
    policy = load_policy(json.dumps({"severities": RATED, "rules": rules, **rest}))
    return {(complaint.fault.value, complaint.about) for complaint in lint(policy, CATALOG)}


def rule(name: str, effect: str = "review", **match: Any) -> dict[str, Any]:
    return {"id": name, "match": match, "effect": effect, "reason": "so"}


def test_the_shipped_policy_has_no_complaints() -> None:
    """The shipped policy passes its own linter."""
    text = (Path(__file__).parents[2] / "policy" / "demo.json").read_text()
    assert lint(load_policy(text), CATALOG) == ()


def test_a_policy_without_mistakes_has_no_complaints() -> None:
    """A freeze, an allowance in office hours and a default review give no complaint."""
    windows = {"office": OFFICE, "freeze": {"start": "2026-12-20T00:00:00Z", "end": "2027-01-03T00:00:00Z"}}
    small = STAGING | {"maxSeverity": "low", "during": "office"}
    result = complaints(
        rule("frozen", "deny", during="freeze"), rule("small", "allow", **small), windows=windows
    )
    assert result == set()


@pytest.mark.parametrize(
    ("rules", "never"),
    [
        ([rule("all"), rule("later", action="restart")], "later"),
        ([rule("pay", service="pay*"), rule("later", service="payments")], "later"),
        ([rule("high", minSeverity="high"), rule("later", action="rollback")], "later"),  # rated high
        ([rule("impossible", minSeverity="high", maxSeverity="low")], "impossible"),
        ([rule("impossible", action="rollback", maxSeverity="medium")], "impossible"),
        # covered by two rules together only
        ([rule("up", minSeverity="medium"), rule("down", maxSeverity="low"), rule("later")], "later"),
    ],
    ids=str,
)
def test_a_rule_that_never_decides_is_found(rules: list[dict[str, Any]], never: str) -> None:
    """A rule is unreachable if one rule or several together shadow it, or if it matches nothing."""
    assert (ComplaintKind.UNREACHABLE, never) in complaints(*rules)


def test_a_window_and_its_outside_cover_everything() -> None:
    """Windows are tried open and closed, so an expired freeze is not reported as unreachable."""
    windows = {"office": OFFICE, "past": {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}}
    rules = [
        rule("in", during="office"),
        rule("past", during="past"),
        rule("out", outside="office"),
        rule("no"),
    ]
    result = complaints(*rules, windows=windows)
    assert result == {(ComplaintKind.UNREACHABLE, "no")}


@pytest.mark.parametrize(
    "match",
    [
        {"organization": "demo", "environment": "staging", "maxSeverity": "low"},
        {"organization": "demo", "action": "restart", "maxSeverity": "low"},
        {"action": "restart", "environment": "staging", "maxSeverity": "low"},
        STAGING | {"organization": "*", "maxSeverity": "low"},
        STAGING | {"action": "*", "maxSeverity": "low"},
        STAGING,
        STAGING | {"maxSeverity": "high"},
    ],
    ids=str,
)
def test_a_rule_that_allows_more_than_it_says_is_found(match: dict[str, str]) -> None:
    """A rule that allows must name organization, action, environment and a low severity limit."""
    assert (ComplaintKind.ALLOWS_TOO_MUCH, "r") in complaints(rule("r", "allow", **match))


def test_the_rest_is_found_too() -> None:
    """Unknown and unrated actions, unused windows, an allowing default and the kill switch are reported."""
    result = complaints(
        rule("r", action="reboot"),
        severities={"restart": "low", "scale": "low", "explode": "low"},
        windows={"office": OFFICE},
        defaultEffect="allow",
        killSwitch=True,
    )
    assert result == {
        (ComplaintKind.UNKNOWN_ACTION, "r"),
        (ComplaintKind.UNKNOWN_ACTION, "severities.explode"),
        (ComplaintKind.UNKNOWN_ACTION, "severities.rollback"),
        (ComplaintKind.UNUSED_WINDOW, "office"),
        (ComplaintKind.ALLOWS_TOO_MUCH, "default"),
        (ComplaintKind.KILL_SWITCH, "killSwitch"),
    }


def test_a_policy_that_is_too_large_to_try_says_so() -> None:
    """A policy that is too large to check is reported, without hanging."""
    rules = [rule(f"r{n}", service=f"s{n}", tool=f"t{n}", environment=f"e{n}") for n in range(80)]
    assert (ComplaintKind.TOO_LARGE, "rules") in complaints(*rules)


def test_az9_the_linter_speaks_of_the_own_part_only() -> None:
    """With an organization the complaints are about the rules and windows that concern it, and no others."""
    windows = {"office": OFFICE, "acme-freeze": OFFICE, "spare": OFFICE}
    rules = [
        rule("ours", "allow", organization="dem*"),
        rule("acme-all", organization="acme", during="acme-freeze"),
        rule("acme-wide", "allow", organization="acme"),
        rule("acme-never", organization="acme"),
        rule("both", "deny", during="office"),
    ]
    policy = load_policy(json.dumps({"severities": RATED, "rules": rules, "windows": windows}))
    about = {
        org: {(complaint.fault.value, complaint.about) for complaint in lint(policy, CATALOG, org)}
        for org in ("demo", "acme", "third")
    }
    spare = (ComplaintKind.UNUSED_WINDOW, "spare")  # it is nobody's
    never = (ComplaintKind.UNREACHABLE, "both")
    assert about["demo"] == {spare, never, (ComplaintKind.ALLOWS_TOO_MUCH, "ours")}
    assert about["acme"] == {
        spare,
        never,
        (ComplaintKind.ALLOWS_TOO_MUCH, "acme-wide"),
        (ComplaintKind.UNREACHABLE, "acme-never"),
    }
    assert about["third"] == {spare}


def test_rules_of_different_organizations_do_not_shadow_each_other() -> None:
    """An organization that no rule names is tried as well."""
    assert complaints(rule("a", organization="acme"), rule("b", organization="beta"), rule("all")) == set()
    late = complaints(rule("wide", organization="ac*"), rule("narrow", organization="acme"))
    assert late == {(ComplaintKind.UNREACHABLE, "narrow")}
