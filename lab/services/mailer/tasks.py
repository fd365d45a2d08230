"""The mailer: renders tickets and delivers them. A failed task is retried, and acknowledged at its end."""

import hashlib
import os

import psycopg
from celery import Celery
from celery.utils.log import get_task_logger

log = get_task_logger("mailer")
INSERT = """
INSERT INTO deliveries (order_id, recipient, document) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
LIMIT = int(os.environ["TASK_TIME_LIMIT_SECONDS"])
BARCODE_ROUNDS = 3_000

app = Celery("mailer", broker=os.environ["BROKER_URL"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=3,
    broker_heartbeat=10,
    task_acks_late=True,
    task_default_queue="tickets",
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    task_send_sent_event=True,
    task_soft_time_limit=LIMIT,
    task_time_limit=LIMIT + 5,
    worker_hijack_root_logger=True,
)


def barcode(seat: int) -> str:
    """A code that is expensive to guess."""
    return hashlib.pbkdf2_hmac("sha256", str(int(seat)).encode(), b"tickets", BARCODE_ROUNDS).hex()


def render(order_id: str, seats: list[int], pages: int) -> str:
    """The ticket as text: every seat on every page."""
    lines = [f"{order_id} seat {seat} page {page} {barcode(seat)}" for page in range(pages) for seat in seats]
    return "\n".join(lines)


def connect() -> psycopg.Connection:
    """A connection for one task."""
    return psycopg.connect(
        os.environ["DATABASE_URL"],
        autocommit=True,
        connect_timeout=3,
        application_name=os.environ["INSTANCE"],
        options=f"-c statement_timeout={os.environ['STATEMENT_TIMEOUT_MS']}",
    )


@app.task(
    name="mailer.deliver_ticket",
    bind=True,
    autoretry_for=(Exception,),
    default_retry_delay=int(os.environ["RETRY_SECONDS"]),
    max_retries=None,
)
def deliver_ticket(self, order_id: str, recipient: str, seats: list[int], pages: int = 1) -> None:
    """Renders and records one ticket. `pages` copies of it are printed."""
    document = render(order_id, seats, pages)
    with connect() as connection:
        connection.execute(INSERT, [order_id, recipient, document])
    request_id = getattr(self.request, "request_id", None)
    log.info("ticket of order %s sent to %s request_id=%s", order_id, recipient, request_id)
