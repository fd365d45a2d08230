from adapters.dashboards.dashboard import MakeDashboard
from adapters.dashboards.grafana import GrafanaDashboard
from adapters.dashboards.prometheus import PrometheusDashboard
from adapters.dashboards.web import WebDashboard
from missions.errors import PlanError

_MAKERS: dict[str, MakeDashboard] = {
    "grafana": GrafanaDashboard,
    "prometheus": PrometheusDashboard,
    "web": WebDashboard,
}


def dashboard_for(type_: str) -> MakeDashboard:
    """The adapter of a target's type. Raises PlanError with the types there are."""
    try:
        return _MAKERS[type_]
    except KeyError:
        raise PlanError(f"No adapter for {type_!r}; there are: {', '.join(sorted(_MAKERS))}.") from None
