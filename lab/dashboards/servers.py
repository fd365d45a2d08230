"""What people watch of the edge, databases, caches, brokers and hosts with the usual exporters."""

from lab.dashboards.page import DashboardPage
from lab.topology import Component

SERVER_PAGES = (
    DashboardPage(
        "nginx",
        "nginx",
        (Component.NGINX,),
        {
            "requests": "rate(nginx_http_requests_total[1m])",
            "connections": "nginx_connections_active",
            "accepted": "rate(nginx_connections_accepted[1m])",
            "dropped": "rate(nginx_connections_accepted[1m]) - rate(nginx_connections_handled[1m])",
            "waiting": "nginx_connections_waiting",
            "up": "nginx_up",
        },
    ),
    DashboardPage(
        "haproxy",
        "HAProxy backends",
        (Component.HAPROXY,),
        {
            "responses": "sum by (job, proxy, code) (rate(haproxy_backend_http_responses_total[1m]))",
            "sessions": "haproxy_backend_current_sessions",
            "queue": "haproxy_backend_current_queue",
            "response-time": "haproxy_backend_response_time_average_seconds",
            "connection-errors": "rate(haproxy_backend_connection_errors_total[2m])",
            "response-errors": "rate(haproxy_backend_response_errors_total[2m])",
            "servers": "haproxy_backend_active_servers",
        },
    ),
    DashboardPage(
        "postgres",
        "PostgreSQL: connections and transactions",
        (Component.POSTGRES,),
        {
            "connections": "sum by (job, state) (pg_stat_activity_count)",
            "connections-used": (
                "sum by (job, instance) (pg_stat_activity_count)"
                " / on (job, instance) pg_settings_max_connections"
            ),
            "commits": 'rate(pg_stat_database_xact_commit{datname="tickets"}[1m])',
            "rollbacks": 'rate(pg_stat_database_xact_rollback{datname="tickets"}[1m])',
            "longest-transaction": "max by (job, state) (pg_stat_activity_max_tx_duration)",
            "locks": 'sum by (job, mode) (pg_locks_count{datname="tickets"})',
            "blocked": "pg_blocked_queries",
            "deadlocks": 'rate(pg_stat_database_deadlocks{datname="tickets"}[5m])',
        },
    ),
    DashboardPage(
        "postgres-tables",
        "PostgreSQL: tables",
        (Component.POSTGRES,),
        {
            "rows-returned": 'rate(pg_stat_database_tup_returned{datname="tickets"}[1m])',
            "rows-fetched": 'rate(pg_stat_database_tup_fetched{datname="tickets"}[1m])',
            "cache-hits": (
                'rate(pg_stat_database_blks_hit{datname="tickets"}[2m])'
                ' / (rate(pg_stat_database_blks_hit{datname="tickets"}[2m])'
                ' + rate(pg_stat_database_blks_read{datname="tickets"}[2m]))'
            ),
            "sequential-scans": "sum by (job, relname) (rate(pg_stat_user_tables_seq_scan[2m]))",
            "rows-scanned": "sum by (job, relname) (rate(pg_stat_user_tables_seq_tup_read[2m]))",
            "dead-rows": "sum by (job, relname) (pg_stat_user_tables_n_dead_tup)",
            "idle-in-transaction": "max by (job) (pg_idle_in_transaction_max_seconds)",
        },
    ),
    DashboardPage(
        "redis",
        "Redis",
        (Component.VALKEY,),
        {
            "commands": "sum by (job) (rate(redis_commands_processed_total[1m]))",
            "hit-ratio": (
                "sum by (job) (rate(redis_keyspace_hits_total[2m]))"
                " / (sum by (job) (rate(redis_keyspace_hits_total[2m]))"
                " + sum by (job) (rate(redis_keyspace_misses_total[2m])))"
            ),
            "memory": "redis_memory_used_bytes",
            "memory-ratio": "redis_memory_used_bytes / redis_memory_max_bytes",
            "evictions": "rate(redis_evicted_keys_total[1m])",
            "clients": "redis_connected_clients",
            "keys": "sum by (job) (redis_db_keys)",
            "rejected": "rate(redis_rejected_connections_total[2m])",
        },
    ),
    DashboardPage(
        "rabbitmq",
        "RabbitMQ queues",
        (Component.RABBITMQ,),
        {
            "ready": 'sum by (job, queue) (rabbitmq_queue_messages_ready{queue="tickets"})',
            "unacknowledged": 'sum by (job, queue) (rabbitmq_queue_messages_unacked{queue="tickets"})',
            "consumers": 'sum by (job, queue) (rabbitmq_queue_consumers{queue="tickets"})',
            "published": "sum by (job) (rate(rabbitmq_channel_messages_published_total[1m]))",
            "delivered": "sum by (job) (rate(rabbitmq_channel_messages_delivered_ack_total[1m]))",
            "redelivered": "sum by (job) (rate(rabbitmq_channel_messages_redelivered_total[2m]))",
            "connections": "rabbitmq_connections",
            "memory": "rabbitmq_process_resident_memory_bytes",
        },
    ),
    DashboardPage(
        "node",
        "Node exporter",
        (Component.HOST,),
        {
            "cpu": '1 - avg by (job, instance) (rate(node_cpu_seconds_total{mode="idle"}[1m]))',
            "load": "node_load1",
            "memory": "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
            "disk-used": (
                '1 - node_filesystem_avail_bytes{fstype!~"overlay|squashfs"}'
                ' / node_filesystem_size_bytes{fstype!~"overlay|squashfs"}'
            ),
            "disk-writes": "sum by (job, instance) (rate(node_disk_written_bytes_total[1m]))",
            "cpu-pressure": "rate(node_pressure_cpu_waiting_seconds_total[1m])",
            "out-of-memory-kills": "increase(node_vmstat_oom_kill[5m])",
            "retransmissions": "rate(node_netstat_Tcp_RetransSegs[1m])",
        },
    ),
    DashboardPage(
        "processes",
        "Process exporter",
        (Component.HOST,),
        {
            "cpu": "sum by (job, groupname) (rate(namedprocess_namegroup_cpu_seconds_total[1m]))",
            "memory": 'namedprocess_namegroup_memory_bytes{memtype="resident"}',
            "processes": "namedprocess_namegroup_num_procs",
            "descriptors": "namedprocess_namegroup_worst_fd_ratio",
        },
    ),
    DashboardPage(
        "probes",
        "Targets and probes",
        (),
        {
            "up": "up",
            "probes": "probe_success",
            "probe-duration": "probe_duration_seconds",
            "certificate-days": "(probe_ssl_earliest_cert_expiry - time()) / 86400",
            "scrape-duration": "scrape_duration_seconds",
        },
    ),
)
