"""The pages of `make bench NAME=hostile` whose outcome does not depend on the machine's speed."""

from pathlib import Path

from adapters.browser.budget import Budget
from bench._hostile_pages import TRIALS
from bench._hostile_visits import visit_hostile_pages

SLOW = {
    *("spinner", "nothing", "lazy", "login-wall", "silent", "drip", "answer", "nodes", "large", "hangs"),
    *("hangs-later", "alerts", "liar"),
}
"""These use up a deadline or much of the machine, so only the benchmark runs them."""


async def test_f15_br3_hostile_pages_end_as_what_they_are(chromium: Path) -> None:
    """Two dozen pages cause no egress, no hang and no leftover process, and each gives its reason."""
    trials = tuple(trial for trial in TRIALS if trial.name not in SLOW)
    assert len(trials) >= 24
    budget = Budget(open=20, goto=20, ready=20, visit=50, close=20)
    tally = await visit_hostile_pages(chromium, sandbox=False, trials=trials, budget=budget)
    assert tally.wrong == []
    assert (tally.pages, tally.egress, tally.hangs, tally.orphans) == (len(trials), 0, 0, 0)


async def test_f3_hanging_pages_end_by_their_deadline(chromium: Path) -> None:
    """Endless scripts and dialogs end at the deadline with a typed error, and their renderers are gone."""
    trials = tuple(trial for trial in TRIALS if trial.name in {"hangs", "hangs-later", "alerts"})
    budget = Budget(open=20, goto=3, ready=3, visit=6, close=20)
    tally = await visit_hostile_pages(chromium, sandbox=False, trials=trials, budget=budget, slots=3)
    assert tally.wrong == []
    assert (tally.pages, tally.egress, tally.hangs, tally.orphans) == (3, 0, 0, 0)
