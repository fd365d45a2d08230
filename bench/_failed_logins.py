"""`python -m bench._failed_logins URL COUNT`: concurrent wrong logins, counted by status."""

import asyncio
import json
import sys
from collections import Counter

import httpx


async def main(url: str, count: int) -> None:
    """Runs in its own process, so that the measuring process is not busy."""
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=120, trust_env=False) as client:

        async def log_in(number: int) -> int:
            body = {"email": f"nobody-{number}@bench.example", "password": "not the password of anybody"}
            return (await client.post("/api/auth/login", json=body)).status_code

        counts = Counter(await asyncio.gather(*(log_in(number) for number in range(count))))
    print(json.dumps({str(status): number for status, number in counts.items()}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
