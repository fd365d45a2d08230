"""The orders' statements, through a pool of connections."""

import os

from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

INSERT = """
INSERT INTO orders (basket, customer, concert_id, seat_id, price_cents, status)
VALUES (%(id)s, %(customer)s, %(concert)s, %(seat)s, %(cents)s, 'pending')
ON CONFLICT (basket) DO NOTHING RETURNING id::text
"""
BY_BASKET = "SELECT id::text, status FROM orders WHERE basket = %s"
FINISH = "UPDATE orders SET status = %s, payment_reference = %s WHERE id = %s"
OF_CUSTOMER = """
SELECT orders.id::text, title, venue, city, seat_id, orders.price_cents, status, orders.created_at::text
FROM orders JOIN concerts ON concerts.id = orders.concert_id
WHERE customer = %s ORDER BY orders.created_at DESC LIMIT 20
"""

pool = ConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=1,
    max_size=int(os.environ["DATABASE_POOL_SIZE"]),
    timeout=float(os.environ["DATABASE_POOL_TIMEOUT_SECONDS"]),
    kwargs={
        "autocommit": True,
        "row_factory": dict_row,
        "connect_timeout": 3,
        "application_name": os.environ["INSTANCE"],
        "options": f"-c statement_timeout={os.environ['STATEMENT_TIMEOUT_MS']}",
    },
    open=True,
    name="orders",
)


def create_order(basket: dict) -> tuple[str, str]:
    """The id and status of the basket's order. A basket is ordered once, however often it arrives."""
    with pool.connection() as connection:
        row = connection.execute(INSERT, basket).fetchone()
        if row:
            return row["id"], "pending"
        row = connection.execute(BY_BASKET, [basket["id"]]).fetchone()
        return row["id"], row["status"]


def finish_order(order_id: str, status: str, reference: str | None = None) -> None:
    """Records how the payment ended: `paid` or `failed`."""
    with pool.connection() as connection:
        connection.execute(FINISH, [status, reference, order_id])


def orders_of(customer: str) -> list[dict]:
    """The customer's last 20 orders, the newest first."""
    connection = pool.getconn()
    try:
        return connection.execute(OF_CUSTOMER, [customer]).fetchall()
    finally:
        pool.putconn(connection)
