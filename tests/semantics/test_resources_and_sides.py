"""Which resource a series is about, and at which end of a call it is measured."""

import pytest

from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription, SeriesMeaning


def _meaning(text: str) -> SeriesMeaning:
    return meaning_of(SeriesDescription(expression=text))


@pytest.mark.parametrize(
    ("expression", "resource"),
    [
        ("sum by (pod) (rate(container_cpu_usage_seconds_total[1m]))", "cpu"),
        ("node_load5 / count(node_cpu_seconds_total{mode='idle'})", "cpu"),
        ("rate(container_cpu_cfs_throttled_seconds_total[5m])", "cpu"),
        ('sum(kube_pod_container_resource_limits{resource="cpu"})', "cpu"),
        ('sum(kube_pod_container_resource_limits{resource="memory"})', "memory"),
        ("sum(jvm_memory_used_bytes) / sum(jvm_memory_max_bytes)", "memory"),
        ("rate(jvm_gc_pause_seconds_sum[1m]) / rate(jvm_gc_pause_seconds_count[1m])", "memory"),
        ("increase(container_oom_events_total[5m])", "memory"),
        ("1 - node_filesystem_avail_bytes / node_filesystem_size_bytes", "disk"),
        ("rate(node_disk_io_time_seconds_total[5m])", "disk"),
        ("rate(node_disk_read_time_seconds_total[5m]) / rate(node_disk_reads_completed_total[5m])", "disk"),
        ("irate(node_network_receive_bytes_total[5m]) * 8", "network"),
        ("sum(pg_stat_database_numbackends) / max(pg_settings_max_connections)", "connections"),
        ("hikaricp_connections_pending", "connections"),
        ("go_goroutines", "threads"),
        ("tomcat_threads_busy_threads / tomcat_threads_config_max_threads", "threads"),
        ("process_open_fds / process_max_fds", "file_descriptors"),
        ("sum by (queue) (rabbitmq_queue_messages_ready)", "queue"),
        ("pg_replication_lag_seconds", "queue"),
        ("DCGM_FI_DEV_GPU_UTIL", "gpu"),
        ("rate(pg_stat_database_deadlocks[5m])", "locks"),
        ('sum(rate({app="web"}[1m]))', "logs"),
        ('kube_node_status_condition{condition="MemoryPressure",status="true"}', "memory"),
        ('SELECT mean("used_percent") FROM "disk"', "disk"),
        ("rate(http_requests_total[5m])", ""),
        ("shop_threadpool_active", "threads"),
        ("shop_db_pool_in_use", "connections"),
        ("shop_mem_used_bytes", "memory"),
        ("orders_queue_depth", "queue"),
        ("tickets_sold_total", ""),
    ],
)
def test_the_resource(expression: str, resource: str) -> None:
    assert _meaning(expression).resource.value == resource


@pytest.mark.parametrize(
    ("expression", "side"),
    [
        ("histogram_quantile(0.9, rate(http_server_request_duration_seconds_bucket[1m]))", "server"),
        ("histogram_quantile(0.9, rate(http_client_request_duration_seconds_bucket[1m]))", "client"),
        ("rate(grpc_client_handled_total{grpc_code!='OK'}[1m])", "client"),
        ("rate(grpc_server_handled_total{grpc_code!='OK'}[1m])", "server"),
        ("rate(django_db_execute_total[1m])", "client"),
        (
            "rate(hikaricp_connections_acquire_seconds_sum[1m])/rate(hikaricp_connections_acquire_seconds_count[1m])",
            "client",
        ),
        ("histogram_quantile(0.9, rate(coredns_forward_request_duration_seconds_bucket[1m]))", "client"),
        ("rate(pg_stat_database_xact_commit[1m])", "server"),
        ("histogram_quantile(0.9, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket[1m])))", "client"),
        (
            (
                "histogram_quantile(0.9, sum by (le, envoy_cluster_name) "
                "(rate(envoy_cluster_upstream_rq_time_bucket[1m])))"
            ),
            "server",
        ),
        ('sum by (destination_workload) (rate(istio_requests_total{reporter="source"}[1m]))', "server"),
        ('sum by (source_workload) (rate(istio_requests_total{reporter="source"}[1m]))', "client"),
        ('sum(rate(response_total{direction="outbound"}[1m])) by (pod)', "client"),
        (
            'sum by (service) (rate(traces_spanmetrics_calls_total{span_kind="SPAN_KIND_CLIENT"}[1m]))',
            "client",
        ),
        (
            'sum by (service) (rate(traces_spanmetrics_calls_total{span_kind="SPAN_KIND_SERVER"}[1m]))',
            "server",
        ),
        ("rate(jvm_gc_pause_seconds_sum[1m]) / rate(jvm_gc_pause_seconds_count[1m])", ""),
        ("rate(grpc_client_handled_total[1m]) + rate(grpc_server_handled_total[1m])", ""),
        ("process_resident_memory_bytes", ""),
        ("upstream_latency_ms", "client"),
        ("provider_latency_p99", "client"),
        ("dns_lookup_ms", "client"),
        ("handler_latency_ms", "server"),
        ("checkout_latency_ms", ""),
    ],
)
def test_the_end_of_a_call(expression: str, side: str) -> None:
    assert _meaning(expression).side.value == side


def test_the_side_of_a_series_is_that_of_its_own_labels() -> None:
    description = SeriesDescription(
        expression="rate(istio_requests_total[1m])", labels={"reporter": "source", "pod": "web-1"}
    )
    assert meaning_of(description).side.value == "client"


def test_a_panel_says_which_resource_an_unknown_metric_is_about() -> None:
    description = SeriesDescription(expression="thing", title="CPU utilization", unit="percent")
    assert meaning_of(description).resource.value == "cpu"
