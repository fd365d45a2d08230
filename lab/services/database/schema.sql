-- The shop's tables. Run as a superuser in the empty database "tickets", once.
CREATE ROLE catalog LOGIN PASSWORD 'catalog';
CREATE ROLE orders LOGIN PASSWORD 'orders';
CREATE ROLE mailer LOGIN PASSWORD 'mailer';

CREATE TABLE concerts (
    id integer PRIMARY KEY,
    title text NOT NULL,
    artist text NOT NULL,
    venue text NOT NULL,
    city text NOT NULL,
    starts_at timestamptz NOT NULL
);

CREATE TABLE seats (
    id bigint PRIMARY KEY,
    concert_id integer NOT NULL REFERENCES concerts,
    section integer NOT NULL,
    number integer NOT NULL,
    price_cents integer NOT NULL,
    status text NOT NULL DEFAULT 'free' CHECK (status IN ('free', 'held', 'sold')),
    order_id uuid,
    note text NOT NULL
);
CREATE INDEX seats_concert_section_idx ON seats (concert_id, section, status);

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    basket text NOT NULL,
    customer text NOT NULL,
    concert_id integer NOT NULL REFERENCES concerts,
    seat_id bigint NOT NULL,
    price_cents integer NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'paid', 'failed')),
    payment_reference text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX orders_basket_idx ON orders (basket);
CREATE INDEX orders_customer_idx ON orders (customer, created_at DESC);

CREATE TABLE deliveries (
    order_id uuid PRIMARY KEY,
    recipient text NOT NULL,
    document text NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT ON concerts TO catalog, orders;
GRANT SELECT, UPDATE ON seats TO catalog;
GRANT SELECT, INSERT, UPDATE ON orders TO orders;
GRANT SELECT, INSERT ON deliveries TO mailer;
