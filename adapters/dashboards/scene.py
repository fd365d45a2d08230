from dataclasses import dataclass, field

from adapters.browser.budget import Budget
from adapters.browser.chromium import Tab
from adapters.dashboards.access import Access
from missions.plan import Target, Window


@dataclass(frozen=True)
class Scene:
    """All that an adapter gets for one visit: a tab of its own, where to look, and what it may use up."""

    tab: Tab
    target: Target
    window: Window
    budget: Budget
    access: Access = field(default_factory=Access)
