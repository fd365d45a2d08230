"""What the lab's own code can change outside of the shop: the bank and its customers."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx

from runtime.local.private_files import write_private


class BankMode(StrEnum):
    """How the bank behaves."""

    NORMAL = "normal"
    SLOW = "slow"
    RATE_LIMIT = "rate-limit"
    ERRORS = "errors"


@dataclass(frozen=True)
class BankSwitch:
    """The bank's admin switch at its URL. httpx.HTTPError where it does not answer."""

    url: str

    async def set(self, mode: BankMode, *, delay_seconds: float = 0.0, share: float = 1.0) -> None:
        """Changes the behaviour for this share of charges; `delay_seconds` is how much SLOW adds."""
        body = {"mode": mode, "share": share} | ({"delay_seconds": delay_seconds} if delay_seconds else {})
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            (await client.put(f"{self.url}/admin/behaviour", json=body)).raise_for_status()

    async def clear(self) -> None:
        """Makes the bank behave normally."""
        await self.set(BankMode.NORMAL)


@dataclass(frozen=True)
class LoadSwitch:
    """The file from which the load reads its plan each second."""

    file: Path

    def set(
        self, *, users: float | None = None, day_seconds: float | None = None, surge: float | None = None
    ) -> None:
        """Replaces these values of the plan: customers, length of a day in seconds (0: none), factor."""
        plan = {"users": users, "day_seconds": day_seconds, "surge": surge}
        write_private(
            self.file, json.dumps({name: value for name, value in plan.items() if value is not None})
        )

    def clear(self) -> None:
        """Makes the load as usual."""
        self.file.unlink(missing_ok=True)
