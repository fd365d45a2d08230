"""Releases that raise an exception on one path."""

from lab.faults.bad_code import BadCode
from lab.faults.prompts import Journey
from lab.faults.variant import Variant
from lab.topology import Component

EXCEPTIONS = (
    BadCode(
        "/search",
        Journey.SEARCH,
        (
            Variant(
                Component.CATALOG,
                "app.py",
                "    return JSONResponse(await database.search(q.strip()))",
                '    artist, city = q.split(",")\n'
                "    return JSONResponse(await database.search(artist + city))",
            ),
        ),
        "ValueError: not enough values to unpack",
    ),
    BadCode(
        "/concerts/{concert_id}",
        Journey.CONCERT,
        (
            Variant(
                Component.CATALOG,
                "app.py",
                '        raise HTTPException(404, "no such concert")\n    return JSONResponse(concert)',
                '        raise HTTPException(404, "no such concert")\n'
                '    concert["doors_open"] = concert["starts_at"] - concert["minutes_before"]\n'
                "    return JSONResponse(concert)",
            ),
        ),
        "KeyError: 'minutes_before'",
    ),
    BadCode(
        "/orders",
        Journey.TICKETS,
        (
            Variant(
                Component.ORDERS,
                "app.py",
                '    return jsonify(orders_of(request.args["customer"]))',
                '    orders = orders_of(request.args["customer"])\n'
                '    return jsonify(sorted(orders, key=lambda order: order["paid_at"]))',
            ),
        ),
        "KeyError: 'paid_at'",
    ),
    BadCode(
        "/orders",
        Journey.BUY,
        (
            Variant(
                Component.ORDERS,
                "app.py",
                '    finish_order(order_id, "paid", reference)',
                '    finish_order(order_id, "paid", reference["number"])',
            ),
        ),
        "TypeError: string indices must be integers",
    ),
    BadCode(
        "/payments",
        Journey.BUY,
        (
            Variant(
                Component.PAYMENTS,
                "app.py",
                'answer.json()["reference"]',
                'answer.json()["charge"]["reference"]',
            ),
        ),
        "KeyError: 'charge'",
    ),
    BadCode(
        "/concerts/:id",
        Journey.CONCERT,
        (Variant(Component.STOREFRONT, "pages.js", "concert.sections.map(", "concert.hall.sections.map("),),
        "Cannot read properties of undefined",
    ),
    BadCode(
        "/tickets",
        Journey.TICKETS,
        (Variant(Component.STOREFRONT, "pages.js", "escape(o.status)}</li>", "escape(o.seat.status)}</li>"),),
        "Cannot read properties of undefined",
    ),
)
