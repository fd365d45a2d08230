"""The product of each connector type. To add a product, write its module here and add its line below."""

from adapters.dashboards.page.dashboard import MakeDashboard
from adapters.dashboards.products.alertmanager import AlertmanagerDashboard
from adapters.dashboards.products.datadog import DatadogDashboard
from adapters.dashboards.products.grafana.dashboard import GrafanaDashboard
from adapters.dashboards.products.jaeger import JaegerDashboard
from adapters.dashboards.products.kibana import KibanaDashboard
from adapters.dashboards.products.opensearch import OpenSearchDashboard
from adapters.dashboards.products.prometheus.dashboard import PrometheusDashboard
from adapters.dashboards.products.web import WebDashboard
from missions.errors import PlanError

_DASHBOARDS: dict[str, MakeDashboard] = {
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
    """The adapter of a target's type. Raises PlanError, which lists the known types."""
    try:
        return _DASHBOARDS[type_]
    except KeyError:
        raise PlanError(f"No adapter for {type_!r}; there are: {', '.join(sorted(_DASHBOARDS))}.") from None
