"""Columns of recordings: a bare word or an abbreviation has the role that an operator would give it."""

import pytest

from semantics.engine import meaning_of
from semantics.meaning import MeaningBasis, SeriesDescription


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (
            "cpu mem memory socket sockets diskio heap_used cpu_usage thread_count open_files loadavg load1",
            "usage",
        ),
        ("CpuUsage(m) MemoryUsage(Mi) threadpool_active db_pool_in_use active_connections", "usage"),
        ("CpuUsageRate(%) MemoryUsageRate(%) disk_free_percent cpu_util disk_used_pct", "saturation"),
        ("workload PodWorkload(Ops) rps qps tps requests net_in NodeNetworkReceiveBytes iops", "traffic"),
        ("err error errors timeouts http_500 5xx_count tx_packets_dropped", "errors"),
        ("error_rate errorRatio", "error_ratio"),
        ("sr SuccessRate availability", "success_ratio"),
        ("latency-90 rt mrt P95LatencyMs istio-latency-99 PodClientLatencyP90(s) p99 gc_pause", "latency"),
        ("elapsed_ms responseTimeP99 spans_self_time_seconds pool_wait_ms", "latency"),
        ("queue_length consumer_lag pending_jobs backlog hikaricp_pending", "queue"),
        ("max_connections pool_size memory_limit_bytes memory_total_bytes", "limit"),
        ("restarts restart_count oom_kills crash_count", "restarts"),
        ("healthy is_alive", "up"),
        ("temperature uptime_seconds cache_hit_rate gc_count build_info", "other"),
        ("load adservice_load count cnt rr status value ratio size users_online lat trade_volume", "unknown"),
    ],
)
def test_a_name_alone(names: str, role: str) -> None:
    answers = {name: meaning_of(SeriesDescription(metric=name)) for name in names.split()}
    assert {name: meaning.role.value for name, meaning in answers.items()} == dict.fromkeys(answers, role)
    bases = {meaning.role_basis for meaning in answers.values()}
    assert bases == {MeaningBasis.UNKNOWN if role == "unknown" else MeaningBasis.NAME}
    assert [name for name, meaning in answers.items() if meaning.owners] == []


@pytest.mark.parametrize(
    ("name", "unit", "statistic"),
    [
        ("CpuUsage(m)", "millicores", "last"),
        ("latency [ms]", "milliseconds", ""),
        ("MemoryUsage(Mi)", "mebibytes", "last"),
        ("PodServerLatencyP99(s)", "seconds", "p99"),
        ("latency-50", "", "p50"),
        ("mrt", "", "mean"),
        ("requests_per_second", "count/s", "rate"),
    ],
)
def test_the_unit_and_the_statistic_of_a_column(name: str, unit: str, statistic: str) -> None:
    meaning = meaning_of(SeriesDescription(metric=name))
    assert (meaning.unit, meaning.statistic) == (unit, statistic)


@pytest.mark.parametrize("prefix", ["frontend_", "ts-order-service_", "cart.", "a|b "])
def test_the_words_before_are_no_service(prefix: str) -> None:
    meaning = meaning_of(SeriesDescription(metric=f"{prefix}cpu"))
    assert (meaning.role.value, meaning.resource.value, meaning.owners) == ("usage", "cpu", ())
