"""Whose a series is, by the labels that exporters, Kubernetes and OpenTelemetry publish."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from semantics.meaning import MeaningBasis, OwnerLevel, SeriesOwner
from semantics.placeholders import has_variable
from semantics.syntax import LabelMatcher, SeriesSelector

_LABELS: dict[OwnerLevel, tuple[str, ...]] = {
    OwnerLevel.SERVICE: (
        *(
            "service_name",
            "service",
            "destination_service_name",
            "destination_canonical_service",
            "kubernetes_service",
        ),
        *("com_docker_compose_service", "container_label_com_docker_compose_service", "swarm_service"),
        *(
            "destination_app",
            "destination_service",
            "app_kubernetes_io_name",
            "label_app_kubernetes_io_name",
            "app",
        ),
        *(
            "application",
            "k8s_service_name",
            "exported_service",
            "envoy_cluster_name",
            "upstream_cluster",
            "svc",
        ),
        *(
            "k8s_app",
            "label_app",
            "application_name",
            "app_name",
            "grpc_server",
            "functionname",
            "function_name",
        ),
        *("backend", "proxy", "upstream", "dst_service", "groupname", "exported_job", "job"),
    ),
    OwnerLevel.WORKLOAD: (
        *(
            "deployment",
            "statefulset",
            "daemonset",
            "workload",
            "destination_workload",
            "k8s_deployment_name",
        ),
        *(
            "k8s_statefulset_name",
            "k8s_daemonset_name",
            "replicaset",
            "cronjob",
            "job_name",
            "created_by_name",
        ),
        *("owner_name", "horizontalpodautoscaler", "rollout", "dst_deployment"),
    ),
    OwnerLevel.POD: (
        "pod",
        "pod_name",
        "kubernetes_pod_name",
        "k8s_pod_name",
        "exported_pod",
        "destination_pod",
    ),
    OwnerLevel.CONTAINER: ("container", "container_name", "k8s_container_name", "exported_container"),
    OwnerLevel.INSTANCE: ("instance", "service_instance_id", "server", "addr", "target", "hostname_port"),
    OwnerLevel.HOST: (
        *(
            "node",
            "host",
            "hostname",
            "host_name",
            "nodename",
            "node_name",
            "kubernetes_node",
            "k8s_node_name",
        ),
        *("instance_id", "instanceid", "dbinstanceidentifier", "machine"),
    ),
    OwnerLevel.NAMESPACE: (
        *(
            "namespace",
            "kubernetes_namespace",
            "k8s_namespace_name",
            "exported_namespace",
            "service_namespace",
        ),
        *("destination_workload_namespace", "destination_service_namespace", "kube_namespace"),
    ),
    OwnerLevel.CLUSTER: (
        *("cluster", "k8s_cluster_name", "cluster_id", "kubernetes_cluster", "cluster_name", "k8s_cluster"),
        *("kube_cluster_name", "eks_cluster", "exported_cluster"),
    ),
    OwnerLevel.ENVIRONMENT: (
        *("environment", "env", "deployment_environment_name", "deployment_environment"),
        *("service_environment", "label_environment", "label_env"),
    ),
}
_LEVELS = list(OwnerLevel)
_KNOWN = {label: (level, rank) for level, labels in _LABELS.items() for rank, label in enumerate(labels)}
_OF_THE_EXPORTER = frozenset({"job", "instance", "service_name", "service_instance_id"})
"""Labels that a scrape adds: of an exporter that measures others they name only the exporter."""


@dataclass(frozen=True)
class _Candidate:
    label: str
    value: str
    basis: MeaningBasis
    rank: tuple[int, ...]


def owners_of(
    selectors: Iterable[SeriesSelector],
    grouping: tuple[str, ...] | None,
    labels: Mapping[str, str],
    owner_labels: tuple[str, ...],
) -> tuple[tuple[SeriesOwner, ...], MeaningBasis]:
    """Whose the series is, most important first, and how that is known.

    `grouping` are the labels that the aggregation keeps; `owner_labels` those that name what the exporter's
    metrics measure.
    """
    candidates = sorted(
        _candidates(selectors, grouping, labels, owner_labels), key=lambda candidate: candidate.rank
    )
    owners: dict[OwnerLevel, SeriesOwner] = {}
    for candidate in candidates:
        level = _level(candidate.label, owner_labels)
        if level is not None:
            owners.setdefault(level, SeriesOwner(level, candidate.label, candidate.value))
    basis = candidates[0].basis if owners else MeaningBasis.UNKNOWN
    return tuple(owners.values()), basis


def level_of(label: str) -> OwnerLevel | None:
    """What a label names wherever it occurs; None for one that only some exporters use."""
    place = _KNOWN.get(_normal(label))
    return None if place is None else place[0]


def _level(label: str, owner_labels: tuple[str, ...]) -> OwnerLevel | None:
    return level_of(label) or (OwnerLevel.SERVICE if label in owner_labels else None)


@lru_cache(maxsize=4096)
def _normal(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", label.lower())


def _candidates(
    selectors: Iterable[SeriesSelector],
    grouping: tuple[str, ...] | None,
    labels: Mapping[str, str],
    owner_labels: tuple[str, ...],
) -> Iterable[_Candidate]:
    matched = {
        matcher.label: matcher.value
        for selector in selectors
        for matcher in selector.matchers
        if _names(matcher)
    }
    names = dict.fromkeys((*(grouping or ()), *matched, *labels))
    displaced = {_normal(label).removeprefix("exported_") for label in names if label.startswith("exported_")}
    about_others = bool(owner_labels) and not set(owner_labels) & _OF_THE_EXPORTER
    for label in names:
        place = _KNOWN.get(_normal(label))
        if (place is None and label not in owner_labels) or (
            about_others and _normal(label) in _OF_THE_EXPORTER
        ):
            continue
        if _normal(label) in displaced:  # the scrape's own label: Prometheus renamed that of the exporter
            continue
        own = owner_labels.index(label) if label in owner_labels else len(owner_labels)
        kept = grouping is None or label in grouping
        level, rank = (_LEVELS.index(place[0]), place[1]) if place else (0, 0)
        written = label in (grouping or ()) or label in matched
        basis = MeaningBasis.EXPRESSION if written else MeaningBasis.CATALOG
        yield _Candidate(
            label, labels.get(label, matched.get(label, "")), basis, (not kept, own, level, rank)
        )


def _names(matcher: LabelMatcher) -> bool:
    return matcher.operator == "=" and bool(matcher.value) and not has_variable(matcher.value)
