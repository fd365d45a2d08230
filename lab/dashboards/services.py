"""What people watch of web services and workers with the stock metrics of these libraries."""

from lab.dashboards.page import DashboardPage
from lab.topology import Component

_PROCESS = {
    "cpu": 'rate(process_cpu_seconds_total{{job="{job}"}}[1m])',
    "memory": 'process_resident_memory_bytes{{job="{job}"}}',
    "file-descriptors": 'process_open_fds{{job="{job}"}}',
}


def _process(job: str) -> dict[str, str]:
    return {panel: query.format(job=job) for panel, query in _PROCESS.items()}


_EXPRESS = 'http_request_duration_seconds_count{job="storefront"'
_FASTAPI = 'http_requests_total{job="catalog"'
_FLASK = 'flask_http_request_total{job="orders"'
_SERVER = 'http_server_request_duration_seconds_count{job="payments"'
_CLIENT = "http_client_request_duration_seconds"

SERVICE_PAGES = (
    DashboardPage(
        "storefront",
        "Express",
        (Component.STOREFRONT,),
        {
            "requests": f"sum by (job, status_code) (rate({_EXPRESS}}}[1m]))",
            "error-ratio": (
                f'sum by (job) (rate({_EXPRESS},status_code=~"5.."}}[2m]))'
                f" / sum by (job) (rate({_EXPRESS}}}[2m]))"
            ),
            "p95": (
                "histogram_quantile(0.95, sum by (job, le)"
                ' (rate(http_request_duration_seconds_bucket{job="storefront"}[2m])))'
            ),
            "p95-by-path": (
                "histogram_quantile(0.95, sum by (job, path, le)"
                ' (rate(http_request_duration_seconds_bucket{job="storefront"}[5m])))'
            ),
            "errors-by-path": f'sum by (job, path) (rate({_EXPRESS},status_code=~"5.."}}[2m]))',
        },
    ),
    DashboardPage(
        "storefront-node",
        "Node.js",
        (Component.STOREFRONT,),
        {
            "event-loop-lag": 'nodejs_eventloop_lag_p99_seconds{job="storefront"}',
            "heap": 'nodejs_heap_size_used_bytes{job="storefront"}',
            "active-handles": 'nodejs_active_handles_total{job="storefront"}',
            **_process("storefront"),
        },
    ),
    DashboardPage(
        "catalog",
        "FastAPI",
        (Component.CATALOG,),
        {
            "requests": f"sum by (job, handler, status) (rate({_FASTAPI}}}[1m]))",
            "error-ratio": (
                f'sum by (job) (rate({_FASTAPI},status="5xx"}}[2m])) / sum by (job) (rate({_FASTAPI}}}[2m]))'
            ),
            "p95": (
                "histogram_quantile(0.95, sum by (job, le)"
                ' (rate(http_request_duration_highr_seconds_bucket{job="catalog"}[2m])))'
            ),
            "mean-by-handler": (
                'sum by (job, handler) (rate(http_request_duration_seconds_sum{job="catalog"}[2m]))'
                ' / sum by (job, handler) (rate(http_request_duration_seconds_count{job="catalog"}[2m]))'
            ),
            "requests-by-instance": f"sum by (job, instance) (rate({_FASTAPI}}}[1m]))",
            **_process("catalog"),
        },
    ),
    DashboardPage(
        "orders",
        "Flask",
        (Component.ORDERS,),
        {
            "requests": f"sum by (job, status) (rate({_FLASK}}}[1m]))",
            "error-ratio": (
                f'sum by (job) (rate({_FLASK},status=~"5.."}}[2m])) / sum by (job) (rate({_FLASK}}}[2m]))'
            ),
            "exceptions": 'sum by (job) (rate(flask_http_request_exceptions_total{job="orders"}[2m]))',
            "p95": (
                "histogram_quantile(0.95, sum by (job, le)"
                ' (rate(flask_http_request_duration_seconds_bucket{job="orders"}[2m])))'
            ),
            "mean-by-path": (
                'sum by (job, path) (rate(flask_http_request_duration_seconds_sum{job="orders"}[5m]))'
                ' / sum by (job, path) (rate(flask_http_request_duration_seconds_count{job="orders"}[5m]))'
            ),
            **_process("orders"),
        },
    ),
    DashboardPage(
        "payments",
        "OpenTelemetry: HTTP server and client",
        (Component.PAYMENTS,),
        {
            "requests": f"sum by (job, http_response_status_code) (rate({_SERVER}}}[1m]))",
            "error-ratio": (
                f'sum by (job) (rate({_SERVER},http_response_status_code=~"5.."}}[2m]))'
                f" / sum by (job) (rate({_SERVER}}}[2m]))"
            ),
            "p95": (
                "histogram_quantile(0.95, sum by (job, le)"
                ' (rate(http_server_request_duration_seconds_bucket{job="payments"}[2m])))'
            ),
            "active": 'http_server_active_requests{job="payments"}',
            "client-requests": (
                "sum by (job, server_address, http_response_status_code)"
                f' (rate({_CLIENT}_count{{job="payments"}}[1m]))'
            ),
            "client-p95": (
                "histogram_quantile(0.95, sum by (job, server_address, le)"
                f' (rate({_CLIENT}_bucket{{job="payments"}}[2m])))'
            ),
            **_process("payments"),
        },
    ),
    DashboardPage(
        "celery",
        "Celery tasks (Flower)",
        (Component.MAILER,),
        {
            "events": "sum by (job, task, type) (rate(flower_events_total[1m]))",
            "runtime": (
                "sum by (job, task) (rate(flower_task_runtime_seconds_sum[2m]))"
                " / sum by (job, task) (rate(flower_task_runtime_seconds_count[2m]))"
            ),
            "workers": "flower_worker_online",
            "executing": "sum by (job) (flower_worker_number_of_currently_executing_tasks)",
            "prefetched": "sum by (job) (flower_worker_prefetched_tasks)",
        },
    ),
)
