from adapters.dashboards.alertmanager import AlertmanagerDashboard
from adapters.dashboards.dashboard import MakeDashboard
from adapters.dashboards.datadog import DatadogDashboard
from adapters.dashboards.grafana import GrafanaDashboard
from adapters.dashboards.jaeger import JaegerDashboard
from adapters.dashboards.kibana import KibanaDashboard
from adapters.dashboards.opensearch import OpenSearchDashboard
from adapters.dashboards.prometheus import PrometheusDashboard
from adapters.dashboards.web import WebDashboard
from missions.errors import PlanError

_MAKERS: dict[str, MakeDashboard] = {
    "alertmanager": AlertmanagerDashboard,
    "datadog": DatadogDashboard,
    "grafana": GrafanaDashboard,
    "jaeger": JaegerDashboard,
    "kibana": KibanaDashboard,
    "opensearch": OpenSearchDashboard,
    "opensearch-dashboards": KibanaDashboard,
    "prometheus": PrometheusDashboard,
    "web": WebDashboard,
}


def dashboard_for(type_: str) -> MakeDashboard:
    """The adapter of a target's type. Raises PlanError with the types there are."""
    try:
        return _MAKERS[type_]
    except KeyError:
        raise PlanError(f"No adapter for {type_!r}; there are: {', '.join(sorted(_MAKERS))}.") from None
