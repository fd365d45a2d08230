"""The customers of the ticket shop: they browse, search, buy and look at their tickets."""

import random

import gevent
from locust import FastHttpUser, LoadTestShape, between, events, task
from plan import Plans
from report import Report

CONCERTS = range(1, 61)
HOT = (3, 11, 24, 37, 42, 58)
"""Half of all visits are to these concerts."""
WORDS = ("berlin", "oslo", "lyon", "tour", "farewell", "quartet", "blue", "nora", "live", "oktan")
ATTEMPTS = 3
"""A page that fails is loaded again, up to twice."""
SERVER_ERROR = 500
NO_RESPONSE = 0


@events.init.add_listener
def start_report(environment, **_):
    """Prints what customers see."""
    Report(environment)


def any_concert():
    """The number of a concert, by popularity."""
    return random.choice(random.choice((HOT, CONCERTS)))


class Customer(FastHttpUser):
    """A client with a browser's patience: it waits for 3 seconds to connect and 10 for an answer."""

    abstract = True
    connection_timeout = 3.0
    network_timeout = 10.0
    wait_time = between(1.0, 4.0)

    def on_start(self):
        """Every customer has an address."""
        self.customer = f"customer-{random.randrange(20_000)}@example.com"

    def send(self, method, path, name, expected=(200,), **options):
        """The response; a request that fails on the server's side is repeated after a moment."""
        for attempt in range(1, ATTEMPTS + 1):
            with self.client.request(method, path, name=name, catch_response=True, **options) as response:
                status = response.status_code
                if status in expected:
                    response.success()
                    return response
                response.failure(f"status {status}" if status else str(response.error))
            if NO_RESPONSE < status < SERVER_ERROR or attempt == ATTEMPTS:
                return None
            gevent.sleep(random.uniform(0.5, 1.5) * attempt)
        return None

    def show_concert(self, concert=None):
        """Opens the page of this or any concert, and returns its number."""
        concert = concert or any_concert()
        self.send("GET", f"/concerts/{concert}", "/concerts/[id]")
        return concert

    def show_seats(self, concert):
        """Opens a section within a budget, and returns its free seats, or None."""
        section = random.randint(1, 40)
        budget = random.randrange(8_000, 16_000, 250)
        path = f"/api/concerts/{concert}/seats?section={section}&budget={budget}"
        response = self.send("GET", path, "/api/concerts/[id]/seats")
        return response and response.json()

    def think(self):
        """Reads the page."""
        gevent.sleep(random.uniform(0.5, 2.5))


class Browsing(Customer):
    """Looks around."""

    weight = 5

    @task
    def browse(self):
        """The front page, and some concerts and seats."""
        self.send("GET", "/", "/")
        for _ in range(random.randint(1, 3)):
            self.think()
            concert = self.show_concert()
            if random.choice((True, False)):
                self.think()
                self.show_seats(concert)


class Searching(Customer):
    """Knows what it wants."""

    weight = 2

    @task
    def search(self):
        """A search, and a concert."""
        self.send("GET", f"/search?q={random.choice(WORDS)}", "/search")
        self.think()
        self.show_concert()


class Buying(Customer):
    """Buys one ticket after the other."""

    weight = 3

    @task
    def buy(self):
        """A concert, a seat, the basket and the checkout. A declined card or a taken seat is no failure."""
        # Any concert as often as another: even after a day of load no section is sold out.
        concert = self.show_concert(random.choice(CONCERTS))
        self.think()
        seats = self.show_seats(concert)
        if not seats:
            return
        seat = random.choice(seats)
        basket = {
            "concert": concert,
            "seat": seat["id"],
            "cents": seat["price_cents"],
            "customer": self.customer,
        }
        response = self.send("POST", "/api/basket", "/api/basket", expected=(201,), json=basket)
        if response is None:
            return
        self.think()
        order = {"token": response.json()["token"], "card": f"4111{random.randrange(10_000):04}"}
        self.send("POST", "/api/checkout", "/api/checkout", expected=(200, 201, 402, 409), json=order)


class Returning(Customer):
    """Looks at the tickets again."""

    weight = 1

    @task
    def tickets(self):
        """The list of tickets."""
        self.send("GET", f"/tickets?customer={self.customer}", "/tickets")


class Day(LoadTestShape):
    """As many customers as the plan has, reached within about five seconds."""

    plans = Plans()

    def tick(self):
        """The wanted number of customers, and how many come or go each second."""
        users = self.plans.now().at(self.get_run_time())
        return users, max(2, users // 5)
