"""A page's own limits change the visit's budget, and only where they are set."""

from adapters.browser.budget import Budget
from missions.page_limits import PageLimits


def test_no_limits_leave_the_budget_as_it_is() -> None:
    budget = Budget(ready=4.0, body=2.0, answer_bytes=20_000)
    assert budget.within(PageLimits()) == budget


def test_a_visit_lasts_as_much_longer_as_its_steps() -> None:
    budget = Budget().within(PageLimits(open_seconds=20, ready_seconds=45, answer_seconds=10))
    assert (budget.goto, budget.ready, budget.body) == (20, 45, 10)
    assert budget.visit == Budget().visit + 3 * 10 + 35 + 5


def test_shorter_steps_do_not_shorten_a_visit() -> None:
    """What else it does takes its time."""
    assert Budget().within(PageLimits(ready_seconds=1)).visit == Budget().visit
    assert Budget().within(PageLimits(open_seconds=20, ready_seconds=1)).visit > Budget().visit


def test_a_larger_response_fits_on_the_page() -> None:
    budget = Budget().within(PageLimits(answer_megabytes=20, queries=7))
    assert budget.answer_bytes == 20_000_000
    assert budget.page_bytes >= 2 * budget.answer_bytes
    assert budget.answers == 7
