"""By what each product is known at an address. Facts of their own documented APIs."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from adapters.dashboards.page.detection import Signature


class _Grafana(BaseModel):
    """Its versions differ in how much they say to strangers; nothing else stands beside it."""

    model_config = ConfigDict(extra="forbid")

    database: Literal["ok", "failing"]
    version: str = ""
    commit: str = ""
    enterpriseCommit: str = ""  # noqa: N815  the product's own name


class _Version(BaseModel):
    version: str


class _Prometheus(BaseModel):
    status: Literal["success"]
    data: _Version


class _Alertmanager(BaseModel):
    cluster: dict[str, Any]
    versionInfo: dict[str, Any]  # noqa: N815  the product's own name


class _Jaeger(BaseModel):
    data: list[str] | None
    total: int
    errors: Any


class _Number(BaseModel):
    number: str


class _ForkNumber(_Number):
    """OpenSearch Dashboards began at 1; Kibana was at 4 when it got this API."""

    number: Annotated[str, StringConstraints(pattern=r"^[123]\.")]


class _Kibana(BaseModel):
    name: str
    uuid: str
    version: _Number


class _OpenSearchDashboards(_Kibana):
    version: _ForkNumber


class _KibanaState(BaseModel):
    overall: dict[str, Any]


class _ClosedKibana(BaseModel):
    """What it says without a login."""

    status: _KibanaState


class _OpenSearch(BaseModel):
    cluster_name: str
    version: _Number


SIGNATURES = (
    Signature("grafana", "/api/health", _Grafana),
    Signature("prometheus", "/api/v1/status/buildinfo", _Prometheus),
    Signature("alertmanager", "/api/v2/status", _Alertmanager),
    Signature("opensearch-dashboards", "/api/status", _OpenSearchDashboards),
    Signature("kibana", "/api/status", _Kibana),
    Signature("kibana", "/api/status", _ClosedKibana),
    Signature("jaeger", "/api/services", _Jaeger),
    Signature("opensearch", "/", _OpenSearch),
    Signature("datadog", hosts=("datadoghq.com", "datadoghq.eu", "ddog-gov.com")),
)
"""The first one that fits counts."""
