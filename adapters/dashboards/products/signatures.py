"""By what each product is known at an address. Facts of their own documented APIs."""

from typing import Any, Literal

from pydantic import BaseModel

from adapters.dashboards.page.detection import Signature


class _Grafana(BaseModel):
    database: str


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


class _Kibana(BaseModel):
    name: str
    uuid: str
    version: _Number


class _KibanaState(BaseModel):
    overall: dict[str, Any]


class _ClosedKibana(BaseModel):
    """What it says to those who have not signed in."""

    status: _KibanaState


class _OpenSearch(BaseModel):
    cluster_name: str
    version: _Number


SIGNATURES = (
    Signature("grafana", "/api/health", _Grafana),
    Signature("prometheus", "/api/v1/status/buildinfo", _Prometheus),
    Signature("alertmanager", "/api/v2/status", _Alertmanager),
    Signature("kibana", "/api/status", _Kibana),
    Signature("kibana", "/api/status", _ClosedKibana),
    Signature("jaeger", "/api/services", _Jaeger),
    Signature("opensearch", "/", _OpenSearch),
    Signature("datadog", hosts=("datadoghq.com", "datadoghq.eu", "ddog-gov.com")),
)
"""The first one that fits counts."""
