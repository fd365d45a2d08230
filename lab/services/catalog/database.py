"""The catalog's statements, through a pool of connections."""

import os
from uuid import UUID

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

LIST = """
SELECT concerts.id, title, artist, venue, city, starts_at::text, free, cheapest
FROM concerts JOIN (
    SELECT concert_id, count(*) AS free, min(price_cents) AS cheapest
    FROM seats WHERE status = 'free' GROUP BY concert_id
) AS places ON places.concert_id = concerts.id
ORDER BY starts_at
"""
CONCERT = "SELECT id, title, artist, venue, city, starts_at::text FROM concerts WHERE id = %s"
SECTIONS = """
SELECT section, count(*) AS free, min(price_cents) AS cheapest
FROM seats WHERE concert_id = %s AND status = 'free' GROUP BY section ORDER BY section
"""
SEATS = """
SELECT id, number, price_cents, note FROM seats
WHERE concert_id = %s AND section = %s AND status = 'free' AND price_cents <= %s ORDER BY number
"""
SEARCH = """
SELECT id, title, artist, venue, city, starts_at::text FROM concerts
WHERE title ILIKE %(text)s OR artist ILIKE %(text)s OR city ILIKE %(text)s ORDER BY starts_at LIMIT 20
"""
CHEAPEST = """
SELECT concert_id, min(price_cents) AS cheapest FROM seats
WHERE concert_id = ANY(%s) AND section > 35 AND status = 'free' GROUP BY concert_id
"""
HOLD = """
UPDATE seats SET status = 'held', order_id = %(order)s
WHERE id = %(seat)s AND (status = 'free' OR order_id = %(order)s)
RETURNING id, concert_id, price_cents
"""
SELL = "UPDATE seats SET status = 'sold' WHERE id = %s AND order_id = %s RETURNING id"
RELEASE = "UPDATE seats SET status = 'free', order_id = NULL WHERE id = %s AND order_id = %s RETURNING id"


def new_pool() -> AsyncConnectionPool:
    """A closed pool, as the configuration says."""
    return AsyncConnectionPool(
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
        open=False,
        name="catalog",
    )


class Database:
    """What the catalog asks its database."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self.pool = pool

    async def rows(self, statement: str, parameters: object = None) -> list[dict]:
        """All rows of one statement."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(statement, parameters)
            return await cursor.fetchall()

    async def concerts(self) -> list[dict]:
        """Every concert with its free seats."""
        return await self.rows(LIST)

    async def concert(self, concert_id: int) -> dict | None:
        """One concert with the free seats of each section."""
        concerts = await self.rows(CONCERT, [concert_id])
        if not concerts:
            return None
        return concerts[0] | {"sections": await self.rows(SECTIONS, [concert_id])}

    async def seats(self, concert_id: int, section: int, budget: int) -> list[dict]:
        """The free seats of a section that cost at most `budget` cents."""
        return await self.rows(SEATS, [concert_id, section, budget])

    async def search(self, text: str) -> list[dict]:
        """Up to 20 concerts whose title, artist or city contains the text, with their cheapest seats."""
        concerts = await self.rows(SEARCH, {"text": f"%{text}%"})
        prices = await self.rows(CHEAPEST, [[concert["id"] for concert in concerts]])
        cheapest = {price["concert_id"]: price["cheapest"] for price in prices}
        return [concert | {"cheapest": cheapest.get(concert["id"])} for concert in concerts]

    async def hold(self, seat_id: int, order_id: UUID) -> dict | None:
        """Marks a seat as held, and returns it; None where another order has it."""
        return next(iter(await self.rows(HOLD, {"order": order_id, "seat": seat_id})), None)

    async def sell(self, seat_id: int, order_id: UUID) -> bool:
        """Whether the seat was held for this order, and is now sold."""
        return bool(await self.rows(SELL, [seat_id, order_id]))

    async def release(self, seat_id: int, order_id: UUID) -> bool:
        """Whether the seat was held for this order, and is now free."""
        return bool(await self.rows(RELEASE, [seat_id, order_id]))
