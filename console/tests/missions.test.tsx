import { renderHook, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { useRowKeys } from "@/pages/missions/useRowKeys";
import { accessible, answers, type mission, open, usual } from "./page";
import { server } from "./setup";

const page = (...missions: ReturnType<typeof mission>[]) => ({
  missions,
  pagination: { page: 1, limit: 100, total: missions.length, totalPages: 1, nextCursor: null },
});

describe("the missions page", () => {
  beforeEach(usual);

  it("shows a skeleton while it loads", async () => {
    server.use(
      http.get(
        new URL("/api/missions", location.origin).href,
        () => new Promise<HttpResponse<null>>(() => {}),
      ),
    );
    open("/missions", "OPERATOR");
    expect(await screen.findByText("Loading")).toBeDefined();
  });
  it("shows that it is empty, with the next action", async () => {
    answers("/missions", page());
    const { container } = open("/missions", "OPERATOR");
    expect(await screen.findByText("No missions yet")).toBeDefined();
    expect(screen.getAllByRole("link", { name: "New mission" }).length).toBeGreaterThan(0);
    await accessible(container);
  });
  it("shows a viewer no action that the API refuses", async () => {
    answers("/missions", page());
    open("/missions", "VIEWER");
    expect(await screen.findByText("No missions yet")).toBeDefined();
    expect(screen.queryByRole("link", { name: "New mission" })).toBeNull();
  });
  it.each([
    [403, "You don't have access"],
    [404, "Not found"],
    [500, "Something went wrong"],
  ])("explains status %s, with the correlation id", async (status, title) => {
    answers("/missions", status);
    const { container } = open("/missions", "OPERATOR");
    expect(await screen.findByText(title)).toBeDefined();
    expect(screen.getByText("c0ffee")).toBeDefined();
    await accessible(container);
  });
  it("shows when a rate limit ends", async () => {
    answers("/missions", 429, { "Retry-After": "90" });
    open("/missions", "OPERATOR");
    expect(await screen.findByText("Too many requests")).toBeDefined();
    expect(screen.getAllByText(/You can try again in 2 minutes/).length).toBeGreaterThan(0);
  });
  it("shows that the server does not respond, and recovers on Retry", async () => {
    server.use(http.get(new URL("/api/missions", location.origin).href, () => HttpResponse.error()));
    open("/missions", "OPERATOR");
    expect(await screen.findByText("The server does not respond")).toBeDefined();
    answers("/missions", page());
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("No missions yet")).toBeDefined();
  });
  it("requests the filters of the address", async () => {
    let query = "";
    server.use(
      http.get(new URL("/api/missions", location.origin).href, ({ request }) => {
        query = new URL(request.url).search;
        return HttpResponse.json(page());
      }),
    );
    open("/missions?status=FAILED&q=pay&sortBy=priority&nonsense=1", "ADMIN");
    expect(await screen.findByText("No results")).toBeDefined();
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
      status: "FAILED",
      q: "pay",
      sortBy: "priority",
      limit: "100",
    });
  });
});

describe("the keys of the rows", () => {
  it("are positions, and belong to missions while the focus is in the list", () => {
    const { result, rerender } = renderHook(({ ids, stable }) => useRowKeys(ids, stable), {
      initialProps: { ids: ["a", "b", "c"], stable: false },
    });
    rerender({ ids: ["d", "e", "f"], stable: false });
    expect(result.current).toEqual([0, 1, 2]);
    rerender({ ids: ["d", "e", "f"], stable: true });
    rerender({ ids: ["d", "f", "g"], stable: true }); // e left, so f moves up
    expect(result.current).toEqual([0, 2, 3]);
    rerender({ ids: ["d", "f", "g"], stable: false });
    expect(result.current).toEqual([0, 1, 2]);
  });
});
