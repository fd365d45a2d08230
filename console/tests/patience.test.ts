import { HttpResponse, http } from "msw";
import { beforeEach, expect, it, vi } from "vitest";
import { patiently } from "@/api/patience";
import { server } from "./setup";

let away = 0;
const health = http.get("*/api/health/live", () =>
  away-- > 0 ? HttpResponse.error() : HttpResponse.json({}),
);
beforeEach(() => server.use(health));

const failing = (times: number) => {
  const load = vi.fn(async () => {
    if (load.mock.calls.length <= times) throw new TypeError("Failed to fetch dynamically imported module");
    return "page";
  });
  return load;
};

it("loads at once where the server is there", async () => {
  const load = failing(0);
  expect(await patiently(load)).toBe("page");
  expect(load).toHaveBeenCalledTimes(1);
});

it("waits for a server that restarts, and loads then", async () => {
  away = 2;
  const load = failing(1);
  expect(await patiently(load)).toBe("page");
  expect(load).toHaveBeenCalledTimes(2);
  expect(away).toBe(-1);
});

it("says that a part of another release is missing", async () => {
  away = 0;
  await expect(patiently(failing(2))).rejects.toThrow("dynamically imported module");
});
