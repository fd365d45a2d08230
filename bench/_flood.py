"""`python -m bench._flood URL COUNT`: so many logins at once, all wrong; prints how many had each status."""

import asyncio
import json
import sys
from collections import Counter

import httpx


async def main(url: str, count: int) -> None:
    """From a process of its own, so that whoever measures is not busy with it."""
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=120, trust_env=False) as client:

        async def wrong(number: int) -> int:
            body = {"email": f"nobody-{number}@bench.example", "password": "not the password of anybody"}
            return (await client.post("/api/auth/login", json=body)).status_code

        told = Counter(await asyncio.gather(*(wrong(number) for number in range(count))))
    print(json.dumps({str(status): number for status, number in told.items()}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
