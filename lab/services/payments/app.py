"""Payments: charges a card at the bank, with a timeout and retries."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

log = logging.getLogger("payments")
ATTEMPTS = int(os.environ["BANK_ATTEMPTS"])
TIMEOUT = httpx.Timeout(float(os.environ["BANK_TIMEOUT_SECONDS"]), connect=1.0)
LIMITS = httpx.Limits(max_connections=int(os.environ["BANK_CONNECTIONS"]))
bank = httpx.AsyncClient(base_url=os.environ["BANK_URL"], timeout=TIMEOUT, limits=LIMITS, trust_env=False)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Closes the connections to the bank at the end."""
    yield
    await bank.aclose()


app = FastAPI(title="payments", lifespan=lifespan)


class Payment(BaseModel):
    """What an order costs, and the card that pays."""

    order: str
    cents: int
    card: str


@app.post("/payments")
async def pay(payment: Payment, request: Request) -> JSONResponse:
    """200 with the bank's reference, 402 where it declines, 502, 503 or 504 where it could not be asked."""
    identity = request.headers.get("x-request-id", "-")
    status, error = 502, "the bank failed"
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = await bank.post("/charges", json=payment.model_dump())
        except httpx.TimeoutException as problem:
            status, error = 504, f"the bank did not answer in time ({type(problem).__name__})"
        except httpx.TransportError as problem:
            status, error = 502, f"no connection to the bank ({type(problem).__name__})"
        else:
            if answer.status_code == httpx.codes.PAYMENT_REQUIRED:
                log.info("card declined", extra={"order": payment.order, "request_id": identity})
                return JSONResponse({"error": "declined"}, 402)
            if answer.is_success:
                return JSONResponse({"reference": answer.json()["reference"]})
            status, error = 503, f"the bank answered {answer.status_code}"
        log.warning(error, extra={"order": payment.order, "attempt": attempt, "request_id": identity})
        if attempt < ATTEMPTS:
            await asyncio.sleep(0.2 * attempt)
    log.error("payment failed: %s", error, extra={"order": payment.order, "request_id": identity})
    return JSONResponse({"error": error}, status)


@app.get("/healthz")
async def health() -> JSONResponse:
    """Answers as long as the event loop runs."""
    return JSONResponse({"status": "ok"})
