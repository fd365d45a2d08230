"""The services that orders calls: catalog by HTTP, payments by HTTPS, the mailer by Celery."""

import os
from pathlib import Path

import requests
from celery import Celery
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

CATALOG_URL = os.environ["CATALOG_URL"]
CATALOG_TIMEOUT = (1.0, float(os.environ["CATALOG_TIMEOUT_SECONDS"]))
PAYMENTS_URL = os.environ["PAYMENTS_URL"]
PAYMENTS_TIMEOUT = (1.0, float(os.environ["PAYMENTS_TIMEOUT_SECONDS"]))
CONFLICT = 409
PAYMENT_REQUIRED = 402

session = requests.Session()
# Only what did not reach the other side is tried again.
retries = Retry(total=2, connect=2, read=0, status=0, other=0, backoff_factor=0.1)
session.mount("http://", HTTPAdapter(pool_maxsize=8, pool_block=True, max_retries=retries))
session.mount("https://", HTTPAdapter(pool_maxsize=8, pool_block=True, max_retries=retries))
session.verify = str(Path(os.environ["TLS"]) / os.environ["PAYMENTS_CA"])
session.trust_env = False

celery = Celery("orders", broker=os.environ["BROKER_URL"])
celery.conf.update(
    broker_connection_timeout=2,
    broker_pool_limit=4,
    broker_heartbeat=10,
    broker_transport_options={"confirm_publish": True, "read_timeout": 5, "write_timeout": 5},
    task_ignore_result=True,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_step": 0.3},
)


def change_seat(seat_id: int, action: str, order_id: str, request_id: str) -> dict | None:
    """`action` is hold, sell or release. None where the seat is taken. Otherwise RequestException."""
    response = session.post(
        f"{CATALOG_URL}/seats/{seat_id}/{action}",
        json={"order": order_id},
        headers={"X-Request-ID": request_id},
        timeout=CATALOG_TIMEOUT,
    )
    if response.status_code == CONFLICT:
        return None
    response.raise_for_status()
    return response.json()


def pay(order_id: str, cents: int, card: str, request_id: str) -> str | None:
    """The bank's reference, or None where the card was declined. requests.RequestException otherwise."""
    response = session.post(
        f"{PAYMENTS_URL}/payments",
        json={"order": order_id, "cents": cents, "card": card},
        headers={"X-Request-ID": request_id},
        timeout=PAYMENTS_TIMEOUT,
    )
    if response.status_code == PAYMENT_REQUIRED:
        return None
    response.raise_for_status()
    return response.json()["reference"]


def send_ticket(order_id: str, customer: str, seat_id: int, request_id: str) -> None:
    """Asks the mailer to deliver the ticket. kombu.exceptions.OperationalError without the broker."""
    celery.send_task(
        "mailer.deliver_ticket",
        kwargs={"order_id": order_id, "recipient": customer, "seats": [seat_id], "pages": 1},
        headers={"request_id": request_id},
        queue="tickets",
    )
