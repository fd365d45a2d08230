"""Prometheus' recording and alerting rules for the shop."""

from typing import Any

# Several scrapes, so that one lost scrape is no gap; short, so that a recovery shows soon.
_WINDOW = "5s"
_SLOW_SECONDS = 0.3
_FAILING_SHARE = 0.1
_BY = "sum by (service)"

RECORDED = {
    "service:requests_per_second": f"{_BY} (rate(http_requests_total[{_WINDOW}]))",
    # `or 0 *`: without failed requests the ratio is 0, and without any request there is none.
    "service:error_ratio": (
        f'({_BY} (rate(http_requests_total{{status=~"5.."}}[{_WINDOW}]))'
        f" or 0 * {_BY} (rate(http_requests_total[{_WINDOW}])))"
        f" / ({_BY} (rate(http_requests_total[{_WINDOW}])) > 0)"
    ),
    "service:latency_p95_seconds": (
        "histogram_quantile(0.95, sum by (service, le)"
        f" (rate(http_request_duration_seconds_bucket[{_WINDOW}]))) >= 0"  # not a number without requests
    ),
    "service:memory_bytes": "max by (service) (process_resident_memory_bytes)",
    "service:pool_in_use_ratio": f"{_BY} (pool_in_use) / {_BY} (pool_size)",
    "service:pool_waiting": f"{_BY} (pool_waiting)",
}
"""Recording rules by name: one query each, which gives one series per service."""

SHOWN = {
    "latency_p95_seconds": "seconds",
    "error_ratio": "ratio",
    "memory_bytes": "bytes",
    "pool_in_use_ratio": "ratio",
}
"""The recorded metrics that missions look at, with their units: symptoms and saturation."""

# Alerts on symptoms at the first service: whichever service is the cause, the alert names the victim.
_ALERTS = {
    "OrdersSlow": (
        f'service:latency_p95_seconds{{service="web"}} > {_SLOW_SECONDS}',
        "95 % of the orders take up to {{ $value | humanizeDuration }}",
    ),
    "OrdersFailing": (
        f'service:error_ratio{{service="web"}} > {_FAILING_SHARE}',
        "{{ $value | humanizePercentage }} of the orders fail",
    ),
}


def rules() -> dict[str, Any]:
    """A rule file's content, written as JSON, which is YAML."""
    recording = [{"record": name, "expr": query} for name, query in RECORDED.items()]
    alerting = [
        {
            "alert": name,
            "expr": query,
            "for": "3s",
            "labels": {"severity": "page"},
            "annotations": {"summary": summary},
        }
        for name, (query, summary) in _ALERTS.items()
    ]
    return {
        "groups": [
            {"name": "services", "interval": "1s", "rules": recording},
            {"name": "customers", "interval": "1s", "rules": alerting},
        ]
    }
