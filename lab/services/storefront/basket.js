"use strict";

const crypto = require("node:crypto");

const key = process.env.BASKET_KEY;
const seconds = Number(process.env.BASKET_SECONDS);

/** Signs a basket, so that orders can trust it until it expires. */
function signBasket(basket) {
  const now = Math.floor(Date.now() / 1000);
  const content = { ...basket, id: crypto.randomUUID(), issued: now, expires: now + seconds };
  const payload = Buffer.from(JSON.stringify(content)).toString("base64url");
  const signature = crypto.createHmac("sha256", key).update(payload).digest("base64url");
  return `${payload}.${signature}`;
}

module.exports = { signBasket };
