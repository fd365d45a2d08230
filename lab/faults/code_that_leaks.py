"""Releases that keep memory (a number of KiB for each request) or database connections."""

from lab.faults.bad_code import BadCode
from lab.faults.prompts import Journey
from lab.faults.variant import Variant
from lab.topology import Component

LEAKS = (
    BadCode(
        "",
        Journey.EVERYTHING,
        (
            Variant(
                Component.CATALOG,
                "app.py",
                "seat_maps: Ordered",
                "recent: list[bytes] = []\nseat_maps: Ordered",
            ),
            Variant(
                Component.CATALOG,
                "app.py",
                '    response.headers["x-request-id"] = identity\n',
                '    recent.append(os.urandom(%d * 1024))\n    response.headers["x-request-id"] = identity\n',
            ),
        ),
    ),
    BadCode(
        "",
        Journey.BUY,
        (
            Variant(Component.ORDERS, "app.py", "import logging\n", "import logging\nimport os\n"),
            Variant(
                Component.ORDERS,
                "app.py",
                'app = Flask("orders")',
                'recent: list[bytes] = []\napp = Flask("orders")',
            ),
            Variant(
                Component.ORDERS,
                "app.py",
                "    g.began = time.monotonic()\n",
                "    g.began = time.monotonic()\n    recent.append(os.urandom(4 * %d * 1024))\n",
            ),
        ),
    ),
    BadCode(
        "",
        Journey.EVERYTHING,
        (
            Variant(
                Component.STOREFRONT,
                "server.js",
                "const app = express();",
                "const recent = [];\nconst app = express();",
            ),
            Variant(
                Component.STOREFRONT,
                "server.js",
                'app.use(express.json({ limit: "10kb" }));',
                "app.use((req, _res, next) => {\n"
                "  recent.push({ url: req.url, page: crypto.randomBytes(%d * 1024) });\n"
                "  next();\n"
                "});\n"
                'app.use(express.json({ limit: "10kb" }));',
            ),
        ),
    ),
)
LEAKED_CONNECTIONS = (
    BadCode(
        "/orders",
        Journey.TICKETS,
        (
            Variant(Component.ORDERS, "database.py", "import os\n", "import os\n\nimport psycopg\n"),
            Variant(
                Component.ORDERS, "database.py", "def create_order(", "opened = []\n\n\ndef create_order("
            ),
            Variant(
                Component.ORDERS,
                "database.py",
                "    connection = pool.getconn()\n    try:\n"
                "        return connection.execute(OF_CUSTOMER, [customer]).fetchall()\n"
                "    finally:\n        pool.putconn(connection)\n",
                "    # The pool's connections are for orders: reports take one of their own.\n"
                '    connection = psycopg.connect(os.environ["DATABASE_URL"], row_factory=dict_row,\n'
                '        autocommit=True, application_name=os.environ["INSTANCE"])\n'
                "    opened.append(connection)\n"
                "    return connection.execute(OF_CUSTOMER, [customer]).fetchall()\n",
            ),
        ),
    ),
    BadCode(
        "",
        Journey.MAIL,
        (
            Variant(
                Component.MAILER,
                "tasks.py",
                "BARCODE_ROUNDS = 3_000\n",
                "BARCODE_ROUNDS = 3_000\nopened = []\n",
            ),
            Variant(
                Component.MAILER,
                "tasks.py",
                "    with connect() as connection:\n"
                "        connection.execute(INSERT, [order_id, recipient, document])\n",
                "    # A connection for each part of the ticket.\n"
                "    parts = [connect() for _ in range(4)]\n"
                "    opened.extend(parts)\n"
                "    parts[0].execute(INSERT, [order_id, recipient, document])\n",
            ),
        ),
    ),
)
