"""Root causes: PetShop where it is there, and synthetic incidents, beside simple baselines in the same run.

No constant is fitted on what is scored here. rca/certainty.py's come from other seeds (bench/rca_fit.py);
the others were set by hand while other seeds were looked at. The PetShop incidents were looked at while the
rules were written: they check that the rules hold in a real system, and are no unseen test.
"""

import json
from typing import Any

from bench import _baselines, _petshop
from bench._reading import read, table_of
from bench._scoring import ScoreTally, share
from bench._shop_faults import TYPES, quiet
from bench._shop_faults import incidents as shop_incidents
from bench._synthetic import cases, healthy
from missions.diagnosis import DiagnosisVerdict
from rca.examination import examine
from rca.focus import Focus
from rca.tables import Table

SEED, COUNT, HEALTHY, SHOPS = 20_261, 306, 400, 180
_LATE = 60.0  # seconds by which every other given onset is late
_TARGETS = {
    "petshop_low": {"top1": 0.75, "top3": 0.92, "specificity": 0.9},
    "synthetic": {"top1": 0.9, "onset_unknown_top1": 0.85},
}
_LIMITS = {
    "synthetic": {"healthy_claims": 0.02, "no_graph_healthy_claims": 0.02, "ece": 0.1},
    "baselines": {"three_sigma": 0.6},
}


def main() -> int:
    """Exit code 1 where a target is missed."""
    petshop, simple_petshop = _score_petshop()
    synthetic, simple = _score_synthetic()
    shops, simple_shops = _score_shops()
    results = {
        "petshop_low": petshop,
        "synthetic": synthetic,
        "shops": shops,
        "baselines": {"petshop_low": simple_petshop, "synthetic": simple, "shops": simple_shops},
    }
    missed = [
        f"{part}.{name}"
        for part, targets in _TARGETS.items()
        for name, least in targets.items()
        if results[part] and results[part][name] < least
    ]
    missed += [f"synthetic.{name}" for name, most in _LIMITS["synthetic"].items() if synthetic[name] > most]
    if simple["three_sigma"]["top1"] > _LIMITS["baselines"]["three_sigma"]:
        missed.append("synthetic is too easy for three_sigma")
    print(json.dumps(results | {"missed": missed}))
    return 1 if missed else 0


def _score_petshop() -> tuple[dict[str, Any], dict[str, Any]]:
    root = _petshop.folder()
    if root is None:
        print("PetShop is left out: ../shared/data/rca/petshop_low is not there.")
        return {}, {}
    tally = ScoreTally()
    for one in _petshop.incidents(root):
        diagnosis = examine(one.table, one.focus)
        tally.answer("ops-agent", diagnosis, one.cause)
        _simple(tally, one.table, None, one.focus, one.cause)
    claims: dict[str, list[float]] = {}
    for one in _petshop.normal_windows(root):
        quiet = examine(one.table, one.focus).verdict is not DiagnosisVerdict.FOUND
        claims.setdefault(one.focus.metric, []).append(float(quiet))
    quiet_by_metric = {metric: share(quiet) for metric, quiet in claims.items()}
    _print("PetShop, low traffic: 26 incidents", tally)
    print(f"  normal windows without a claim: {quiet_by_metric}\n")
    scored = tally.rates("ops-agent") | {
        "specificity": min(quiet_by_metric.values()),
        "specificity_by_metric": quiet_by_metric,
        "ece": tally.calibration_error(),
    }
    return scored, _simple_rates(tally)


def _score_synthetic() -> tuple[dict[str, Any], dict[str, Any]]:
    tally = ScoreTally()
    for place, case in enumerate(cases(COUNT, SEED)):
        table, focus = table_of(case), Focus(*case.symptom)
        hint = case.onset + _LATE * (place % 2)
        tally.answer("ops-agent", examine(table, focus, hint), case.cause)
        tally.answer("ops-agent, onset unknown", examine(table, focus), case.cause)
        alone = Table(table.tracks, (), table.changes, ())
        found = examine(alone, focus, hint).root_cause_candidates
        tally.add("ops-agent, no graph", [one.service for one in found], case.cause)
        _simple(tally, table, hint, focus, case.cause)
    claimed: list[float] = []
    lonely: list[float] = []
    for case in healthy(HEALTHY, SEED):
        table = table_of(case)
        alone = Table(table.tracks, (), table.changes, ())
        for focus_or_none in (Focus(*case.symptom), None):
            for given, claims in ((table, claimed), (alone, lonely)):
                claims.append(float(examine(given, focus_or_none).verdict is DiagnosisVerdict.FOUND))
    _print(f"Synthetic: {COUNT} incidents, seed {SEED}; every other onset is given a minute late", tally)
    print(f"  causes claimed on {len(claimed)} healthy ones: {share(claimed)}; no graph: {share(lonely)}")
    scored = tally.rates("ops-agent") | {
        "healthy_claims": share(claimed),
        "no_graph_healthy_claims": share(lonely),
        "ece": tally.calibration_error(),
        "onset_unknown_top1": tally.rates("ops-agent, onset unknown")["top1"],
        "no_graph_top1": tally.rates("ops-agent, no graph")["top1"],
        "cases": COUNT,
        "seed": SEED,
    }
    return scored, _simple_rates(tally)


def _score_shops() -> tuple[dict[str, Any], dict[str, Any]]:
    """A second family, in the manner of public sets; half of each without graph, onset, complaint."""
    tally = ScoreTally()
    typed: list[float] = []
    for one in shop_incidents(SHOPS, SEED):
        table, focus, hint = read(one)
        found = examine(table, focus, hint)
        tally.answer("ops-agent", found, one.case.cause)
        if found.cause is not None and found.cause.service == one.case.cause:
            typed.append(float(found.cause.incident_type in TYPES[one.case.fault]))
        tally.add("three_sigma", _baselines.three_sigma(table, hint), one.case.cause)
        tally.add("median_iqr", _baselines.robust_score(table, hint), one.case.cause)
    claims = [
        float(examine(table, focus).verdict is DiagnosisVerdict.FOUND)
        for table, focus, _ in map(read, quiet(SHOPS, SEED))
    ]
    _print(f"\nShops: {SHOPS} incidents, seed {SEED}", tally)
    print(f"  causes claimed on {SHOPS} healthy ones: {share(claims)}; types right: {share(typed)}")
    scored = tally.rates("ops-agent") | {
        "healthy_claims": share(claims),
        "types_right": share(typed),
        "ece": tally.calibration_error(),
    }
    return scored, {name: tally.rates(name) for name in ("three_sigma", "median_iqr")}


def _simple(tally: ScoreTally, table: Table, onset: float | None, focus: Focus, cause: str) -> None:
    tally.add("three_sigma", _baselines.three_sigma(table, onset), cause)
    tally.add("median_iqr", _baselines.robust_score(table, onset), cause)
    tally.add("graph_traversal", _baselines.traversal(table, onset, focus), cause)
    tally.guess("chance", len(table.services))


def _simple_rates(tally: ScoreTally) -> dict[str, Any]:
    return {name: tally.rates(name) for name in ("chance", "three_sigma", "median_iqr", "graph_traversal")}


def _print(title: str, tally: ScoreTally) -> None:
    print(f"{title}\n  {'':<28} {'top-1':>6} {'top-3':>6}")
    print("\n".join(tally.lines()))
