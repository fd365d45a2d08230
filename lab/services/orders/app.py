"""Orders: reserves the seat, takes the money, and has the ticket delivered."""

import logging
import time
import uuid

from basket import BasketError, read_basket
from database import create_order, finish_order, orders_of
from flask import Flask, g, jsonify, request
from kombu.exceptions import OperationalError
from prometheus_flask_exporter import PrometheusMetrics
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout
from requests import RequestException
from upstreams import change_seat, pay, send_ticket

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("orders")
app = Flask("orders")
metrics = PrometheusMetrics(app, excluded_paths=["/healthz"])


@app.before_request
def begin() -> None:
    """Takes the caller's request id, or makes one."""
    g.began = time.monotonic()
    g.request_id = request.headers.get("X-Request-ID") or uuid.uuid4().hex


@app.after_request
def end(response):
    """One line for each request that is not a probe."""
    if request.path not in {"/metrics", "/healthz"}:
        milliseconds = (time.monotonic() - g.began) * 1000
        status = response.status_code
        log.info(
            "%s %s %s %.0fms request_id=%s", request.method, request.path, status, milliseconds, g.request_id
        )
    response.headers["X-Request-ID"] = g.request_id
    return response


@app.errorhandler(BasketError)
def refuse(error):
    """A basket that is forged or too old."""
    log.warning("%s request_id=%s", error, g.request_id)
    return jsonify(error=str(error)), 403


@app.errorhandler(RequestException)
def upstream_failed(error):
    """Catalog or payments did not answer as they should."""
    log.error("upstream failed: %s request_id=%s", error, g.request_id)
    return jsonify(error="an upstream failed"), 502


@app.errorhandler(PoolTimeout)
@app.errorhandler(PostgresError)
@app.errorhandler(OperationalError)
def unavailable(error):
    """The database or the broker failed."""
    log.error("%s: %s request_id=%s", type(error).__name__, str(error).strip(), g.request_id)
    return jsonify(error="temporarily unavailable"), 503


@app.post("/orders")
def order():
    """{token, card}: 201 with the order, 402: card declined, 403: bad token, 409: seat taken."""
    body = request.get_json()
    basket = read_basket(body["token"])
    order_id, status = create_order(basket)
    if status == "paid":
        return jsonify(id=order_id, status=status), 200
    if change_seat(basket["seat"], "hold", order_id, g.request_id) is None:
        finish_order(order_id, "failed")
        return jsonify(error="the seat is taken"), 409
    try:
        reference = pay(order_id, basket["cents"], str(body["card"]), g.request_id)
    except RequestException:
        finish_order(order_id, "failed")
        change_seat(basket["seat"], "release", order_id, g.request_id)
        raise
    if reference is None:
        finish_order(order_id, "failed")
        change_seat(basket["seat"], "release", order_id, g.request_id)
        return jsonify(error="the card was declined"), 402
    finish_order(order_id, "paid", reference)
    change_seat(basket["seat"], "sell", order_id, g.request_id)
    send_ticket(order_id, basket["customer"], basket["seat"], g.request_id)
    return jsonify(id=order_id, status="paid"), 201


@app.get("/orders")
def list_orders():
    """The last 20 orders of ?customer=."""
    return jsonify(orders_of(request.args["customer"]))


@app.get("/healthz")
def health():
    """Answers as long as a thread is free."""
    return jsonify(status="ok")
