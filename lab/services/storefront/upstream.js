"use strict";

const { Agent, request } = require("undici");

const agent = new Agent({
  connections: Number(process.env.UPSTREAM_CONNECTIONS),
  connect: { timeout: 1000 },
  keepAliveTimeout: 10000,
});

/** An answer of an upstream that is an error, or none: `status` is what the customer gets. */
class UpstreamError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "UpstreamError";
    this.status = status;
  }
}

/** Calls an upstream once, and returns {status, body}. */
async function once(url, { method = "GET", body, requestId, timeoutMs }) {
  const response = await request(url, {
    method,
    dispatcher: agent,
    signal: AbortSignal.timeout(timeoutMs),
    headers: { "content-type": "application/json", "x-request-id": requestId },
    body: body && JSON.stringify(body),
  });
  return { status: response.statusCode, body: await response.body.json() };
}

/** Calls an upstream; a GET that fails is tried a second time. Client errors are returned, others thrown. */
async function call(name, url, options) {
  const attempts = options.method === "POST" ? 1 : 2;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await once(url, options);
      if (answer.status < 500) return answer;
      throw new UpstreamError(`${name} answered ${answer.status}`, 502);
    } catch (error) {
      if (attempt < attempts && error.name !== "TimeoutError") continue;
      if (error instanceof UpstreamError) throw error;
      const status = error.name === "TimeoutError" ? 504 : 502;
      throw new UpstreamError(`${name}: ${error.message || error.code}`, status);
    }
  }
}

module.exports = { call, UpstreamError };
