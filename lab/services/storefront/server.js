"use strict";

const crypto = require("node:crypto");
const express = require("express");
const pino = require("pino");
const pinoHttp = require("pino-http");
const promBundle = require("express-prom-bundle");

const { signBasket } = require("./basket");
const { concertPage, concertsPage, ticketsPage } = require("./pages");
const { call } = require("./upstream");

const { CATALOG_URL, ORDERS_URL, HOST, PORT, INSTANCE } = process.env;
const catalogTimeoutMs = Number(process.env.CATALOG_TIMEOUT_MS);
const ordersTimeoutMs = Number(process.env.ORDERS_TIMEOUT_MS);
const log = pino({ base: { instance: INSTANCE }, timestamp: pino.stdTimeFunctions.isoTime });

const app = express();
app.disable("x-powered-by");
app.use(
  promBundle({
    includeMethod: true,
    includePath: true,
    excludeRoutes: ["/healthz"],
    promClient: { collectDefaultMetrics: {} },
  }),
);
app.use(
  pinoHttp({
    logger: log,
    genReqId: (req) => req.headers["x-request-id"] || crypto.randomUUID(),
    autoLogging: { ignore: (req) => req.url === "/healthz" },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? "error" : res.statusCode >= 400 ? "warn" : "info"),
    serializers: {
      req: ({ id, method, url }) => ({ id, method, url }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  }),
);
app.use(express.json({ limit: "10kb" }));

const catalog = (req, path) => call("catalog", CATALOG_URL + path, { requestId: req.id, timeoutMs: catalogTimeoutMs });

app.get("/", async (req, res) => {
  const { body } = await catalog(req, "/concerts");
  res.send(concertsPage("Concerts", body));
});

app.get("/search", async (req, res) => {
  const text = String(req.query.q || "");
  const { body } = await catalog(req, `/search?q=${encodeURIComponent(text)}`);
  res.send(concertsPage(`Search: ${text}`, body));
});

app.get("/concerts/:id", async (req, res) => {
  const { status, body } = await catalog(req, `/concerts/${encodeURIComponent(req.params.id)}`);
  if (status !== 200) return res.status(status).send("No such concert");
  res.send(concertPage(body));
});

app.get("/api/concerts/:id/seats", async (req, res) => {
  const query = new URLSearchParams({ section: req.query.section || "1", budget: req.query.budget || "100000" });
  const { status, body } = await catalog(req, `/concerts/${encodeURIComponent(req.params.id)}/seats?${query}`);
  res.status(status).json(body);
});

app.post("/api/basket", (req, res) => {
  const { concert, seat, cents, customer } = req.body || {};
  if (!concert || !seat || !cents || !customer) return res.status(422).json({ error: "the basket is incomplete" });
  res.status(201).json({ token: signBasket({ concert, seat, cents, customer }) });
});

app.post("/api/checkout", async (req, res) => {
  const { token, card } = req.body || {};
  const options = { method: "POST", body: { token, card }, requestId: req.id, timeoutMs: ordersTimeoutMs };
  const { status, body } = await call("orders", `${ORDERS_URL}/orders`, options);
  res.status(status).json(body);
});

app.get("/tickets", async (req, res) => {
  const query = new URLSearchParams({ customer: String(req.query.customer || "") });
  const options = { requestId: req.id, timeoutMs: ordersTimeoutMs };
  const { body } = await call("orders", `${ORDERS_URL}/orders?${query}`, options);
  res.send(ticketsPage(body));
});

app.get("/healthz", (_req, res) => res.json({ status: "ok" }));

app.use((error, req, res, _next) => {
  req.log.error({ err: error }, error.message);
  res.status(error.status || 500).json({ error: error.status ? "temporarily unavailable" : "internal error" });
});

const server = app.listen(Number(PORT), HOST, () => log.info({ host: HOST, port: PORT }, "listening"));
server.keepAliveTimeout = 65000;
process.on("SIGTERM", () => {
  log.info("stopping");
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
