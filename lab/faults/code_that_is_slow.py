"""Releases that ask the database too often, or block the event loop for a number of milliseconds."""

from lab.faults.bad_code import BadCode
from lab.faults.prompts import Journey
from lab.faults.variant import Variant
from lab.topology import Component

N_PLUS_ONE = (
    BadCode(
        "/concerts/{concert_id}/seats",
        Journey.SEATS,
        (
            Variant(
                Component.CATALOG,
                "database.py",
                "        return await self.rows(SEATS, [concert_id, section, budget])",
                "        seats = await self.rows(SEATS, [concert_id, section, budget])\n"
                '        seat = "SELECT id, number, price_cents, note FROM seats WHERE id = %%s"\n'
                '        return [(await self.rows(seat, [each["id"]]))[0]\n'
                "            for each in seats for _ in range(%d)]",
            ),
        ),
    ),
    BadCode(
        "/search",
        Journey.SEARCH,
        (
            Variant(
                Component.CATALOG,
                "database.py",
                '        prices = await self.rows(CHEAPEST, [[concert["id"] for concert in concerts]])\n',
                "        prices = []\n"
                "        for concert in concerts:\n"
                "            for _ in range(2 * %d):\n"
                '                prices += await self.rows(CHEAPEST, [[concert["id"]]])\n',
            ),
        ),
    ),
)
BLOCKING = (
    BadCode(
        "/search",
        Journey.SEARCH,
        (
            Variant(
                Component.CATALOG,
                "app.py",
                "    return JSONResponse(await database.search(q.strip()))",
                "    time.sleep(%d / 1000)  # until the new index has the latest prices\n"
                "    return JSONResponse(await database.search(q.strip()))",
            ),
        ),
    ),
    BadCode(
        "/concerts/{concert_id}",
        Journey.CONCERT,
        (
            Variant(
                Component.CATALOG,
                "app.py",
                "    if concert is None:\n",
                "    time.sleep(%d / 1000)  # the picture service has a limit\n    if concert is None:\n",
            ),
        ),
    ),
    BadCode(
        "/payments",
        Journey.BUY,
        (
            Variant(Component.PAYMENTS, "app.py", "import os\n", "import os\nimport time\n"),
            Variant(
                Component.PAYMENTS,
                "app.py",
                '    status, error = 502, "the bank failed"\n',
                "    time.sleep(2 * %d / 1000)  # asks the fraud check\n"
                '    status, error = 502, "the bank failed"\n',
            ),
        ),
    ),
)
