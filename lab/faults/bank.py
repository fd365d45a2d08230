from enum import StrEnum

import httpx

from lab.faults.system import FaultTarget


class BankMode(StrEnum):
    """How the simulated third party behaves."""

    NORMAL = "normal"
    SLOW = "slow"
    RATE_LIMIT = "rate-limit"
    ERRORS = "errors"


async def set_bank(lab: FaultTarget, mode: BankMode, *, delay_s: float = 0.03, share: float = 1.0) -> None:
    """Switches the bank's behaviour for a part of the charges. httpx.HTTPError."""
    body = {"mode": mode.value, "delay_seconds": delay_s, "share": share}
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        response = await client.put(f"http://{lab.network.address('bank')}/admin/behaviour", json=body)
    response.raise_for_status()
