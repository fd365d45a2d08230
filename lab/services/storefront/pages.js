"use strict";

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const money = (cents) => `€ ${(cents / 100).toFixed(2)}`;
const page = (title, body) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title></head>` +
  `<body><h1>${escape(title)}</h1>${body}</body></html>`;

/** The list of concerts, as found or searched. */
function concertsPage(title, concerts) {
  const rows = concerts.map(
    (c) =>
      `<li><a href="/concerts/${c.id}">${escape(c.artist)}: ${escape(c.title)}</a>, ${escape(c.venue)}, ` +
      `${escape(c.city)}${c.cheapest ? `, from ${money(c.cheapest)}` : ""}</li>`,
  );
  return page(title, `<ul>${rows.join("")}</ul>`);
}

/** One concert with its sections. */
function concertPage(concert) {
  const rows = concert.sections.map(
    (s) => `<tr><td>${s.section}</td><td>${s.free}</td><td>${money(s.cheapest)}</td></tr>`,
  );
  return page(`${concert.artist}: ${concert.title}`, `<table>${rows.join("")}</table>`);
}

/** A customer's tickets. */
function ticketsPage(orders) {
  const rows = orders.map(
    (o) => `<li>${escape(o.title)}, ${escape(o.venue)}, seat ${o.seat_id}, ${escape(o.status)}</li>`,
  );
  return page("My tickets", `<ul>${rows.join("")}</ul>`);
}

module.exports = { concertsPage, concertPage, ticketsPage };
