-- 60 concerts of 40 sections of 125 seats (300,000 rows), and 120,000 orders of 20,000 customers.
INSERT INTO concerts (id, title, artist, venue, city, starts_at)
SELECT
    id,
    (ARRAY['Autumn Tour', 'Unplugged', 'Farewell', 'Live in Concert', 'Anniversary'])[1 + id % 5] || ' ' || id,
    (ARRAY['The Ferrymen', 'Nora Lindt', 'Blue Harbour', 'Quartet Seven', 'Oktan', 'Mara Sol'])[1 + id % 6],
    (ARRAY['Town Hall', 'Arena', 'Opera House', 'Stadium'])[1 + id % 4],
    (ARRAY['Berlin', 'Lyon', 'Porto', 'Graz', 'Oslo', 'Gent', 'Turin'])[1 + id % 7],
    date_trunc('day', now()) + make_interval(days => 7 + id, hours => 20)
FROM generate_series(1, 60) AS id;

INSERT INTO seats (id, concert_id, section, number, price_cents, note)
SELECT
    (concert - 1) * 5000 + (section - 1) * 125 + number,
    concert,
    section,
    number,
    2500 + (40 - section) * 150 + (concert % 7) * 300 + (number % 5) * 100,
    'Section ' || section || ', seat ' || number || ': ' || repeat('no view is restricted; ', 5)
FROM generate_series(1, 60) AS concert, generate_series(1, 40) AS section, generate_series(1, 125) AS number;

INSERT INTO orders (basket, customer, concert_id, seat_id, price_cents, status, payment_reference, created_at)
SELECT
    'seed-' || number,
    'customer-' || number % 20000 || '@example.com',
    1 + number % 60,
    (number % 60) * 5000 + 1 + (number / 60) % 2000 * 2,  -- every other seat
    4500,
    'paid',
    'seed-' || number,
    now() - make_interval(mins => number)
FROM generate_series(1, 120000) AS number;

UPDATE seats SET status = 'sold', order_id = orders.id
FROM orders WHERE orders.seat_id = seats.id;

VACUUM ANALYZE;
