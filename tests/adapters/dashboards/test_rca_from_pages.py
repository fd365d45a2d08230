"""Pages and files lead to the same cause; `make bench NAME=rca-browser` shows it for 20 incidents."""

from adapters.browser.browser_pool import BrowserPool
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from bench._synthetic import case
from bench.rca_browser import BUDGET, compared


async def test_the_first_candidate_is_the_same_from_a_page_and_from_files(pool: BrowserPool) -> None:
    """A coarse recording with a baseline and a fine one give the same candidate from pages and files."""
    observer = DashboardObserver(pool, dashboard_for, BUDGET)
    assert await compared(observer, [case(5, "latency"), case(7, "errors")]) == (2, 2, 2)
