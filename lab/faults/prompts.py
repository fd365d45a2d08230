"""What customers and their support say: symptoms only, never a part of the system."""

from enum import StrEnum


class Journey(StrEnum):
    """What customers want to do."""

    SEARCH = "search"
    CONCERT = "concert"
    SEATS = "seats"
    BUY = "buy"
    TICKETS = "tickets"
    MAIL = "mail"
    EVERYTHING = "everything"


FAILING: dict[Journey, tuple[str, ...]] = {
    Journey.SEARCH: (
        "Searching for a concert ends with an error page. Customers complain since a few minutes ago.",
        "People tell us that they cannot search for artists any more.",
    ),
    Journey.CONCERT: (
        "The page of a single concert shows an error. It worked this morning.",
        "Customers cannot open the details of a concert.",
    ),
    Journey.SEATS: (
        "The map of free seats does not load.",
        "Customers cannot choose a seat: they get an error.",
    ),
    Journey.BUY: (
        "Customers cannot buy: they get an error when they press Pay.",
        "Support has calls from people whose purchase fails at the last step.",
    ),
    Journey.TICKETS: (
        "The page My tickets shows an error.",
        "Customers cannot see the tickets that they have bought.",
    ),
    Journey.MAIL: (
        "Customers bought tickets, but no ticket arrives in their mailbox.",
        "People wait for their tickets by e-mail since several minutes.",
    ),
    Journey.EVERYTHING: (
        "The ticket shop shows errors all over the place.",
        "Many customers report that the site fails again and again.",
    ),
}
SLOW: dict[Journey, tuple[str, ...]] = {
    Journey.SEARCH: (
        "Search has become very slow for customers.",
        "It takes ages until the results of a search are shown.",
    ),
    Journey.CONCERT: ("The pages of concerts open slowly.", "Customers say that every concert page hangs."),
    Journey.SEATS: (
        "The map of free seats takes very long to load.",
        "Customers say that choosing a seat has become painfully slow.",
    ),
    Journey.BUY: (
        "Paying takes very long; some customers give up.",
        "Customers say that the last step of buying hangs for seconds.",
    ),
    Journey.TICKETS: ("The page My tickets is slow.", "Customers wait long to see their own tickets."),
    Journey.MAIL: (
        "Tickets arrive by e-mail much later than usual.",
        "Customers ask why their ticket is not in their mailbox yet.",
    ),
    Journey.EVERYTHING: (
        "The whole site feels slow since a few minutes.",
        "Customers say that every page takes much longer than usual.",
    ),
}
UNSURE: tuple[str, ...] = (
    "Is everything all right with the ticket shop? One customer called, but it may be their connection.",
    "Somebody on social media wrote that our site is down. Please have a look.",
    "Please check whether the shop is healthy before tonight's sale starts.",
)
BLIND: tuple[str, ...] = (
    "Some of our charts are empty. Please check whether the ticket shop is all right.",
    "I see gaps in the graphs. Is something wrong with the shop?",
)
