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

  it("is a skeleton while it loads", async () => {
    server.use(
      http.get(
        new URL("/api/missions", location.origin).href,
        () => new Promise<HttpResponse<null>>(() => {}),
      ),
    );
    open("/missions", "OPERATOR");
    expect(await screen.findByText("Loading")).toBeDefined();
  });
  it("says that it is empty, with the one thing to do", async () => {
    answers("/missions", page());
    const { container } = open("/missions", "OPERATOR");
    expect(await screen.findByText("No missions yet")).toBeDefined();
    expect(screen.getAllByRole("link", { name: "New mission" }).length).toBeGreaterThan(0);
    await accessible(container);
  });
  it("offers a viewer nothing that the API refuses", async () => {
    answers("/missions", page());
    open("/missions", "VIEWER");
    expect(await screen.findByText("No missions yet")).toBeDefined();
    expect(screen.queryByRole("link", { name: "New mission" })).toBeNull();
  });
  it.each([
    [403, "You don't have access"],
    [404, "Not found"],
    [500, "Something went wrong"],
  ])("says what %s means, with its id", async (status, title) => {
    answers("/missions", status);
    const { container } = open("/missions", "OPERATOR");
    expect(await screen.findByText(title)).toBeDefined();
    expect(screen.getByText("c0ffee")).toBeDefined();
    await accessible(container);
  });
  it("says when a rate limit opens again", async () => {
    answers("/missions", 429, { "Retry-After": "90" });
    open("/missions", "OPERATOR");
    expect(await screen.findByText("Too many requests")).toBeDefined();
    expect(screen.getAllByText(/You can try again in 2 minutes/).length).toBeGreaterThan(0);
  });
  it("says that nobody answers, and comes back on Retry", async () => {
    server.use(http.get(new URL("/api/missions", location.origin).href, () => HttpResponse.error()));
    open("/missions", "OPERATOR");
    expect(await screen.findByText("The server does not respond")).toBeDefined();
    answers("/missions", page());
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("No missions yet")).toBeDefined();
  });
  it("asks what the address says", async () => {
    let asked = "";
    server.use(
      http.get(new URL("/api/missions", location.origin).href, ({ request }) => {
        asked = new URL(request.url).search;
        return HttpResponse.json(page());
      }),
    );
    open("/missions?status=FAILED&q=pay&sortBy=priority&nonsense=1", "ADMIN");
    expect(await screen.findByText("No results")).toBeDefined();
    expect(Object.fromEntries(new URLSearchParams(asked))).toEqual({
      status: "FAILED",
      q: "pay",
      sortBy: "priority",
      limit: "100",
    });
  });
});

describe("the rows in the page", () => {
  it("are used again by their place, and keep their missions while somebody is in the list", () => {
    const { result, rerender } = renderHook(({ ids, held }) => useRowKeys(ids, held), {
      initialProps: { ids: ["a", "b", "c"], held: false },
    });
    rerender({ ids: ["d", "e", "f"], held: false });
    expect(result.current).toEqual([0, 1, 2]);
    rerender({ ids: ["d", "e", "f"], held: true });
    rerender({ ids: ["d", "f", "g"], held: true }); // one is gone, the rest moves up
    expect(result.current).toEqual([0, 2, 3]);
    rerender({ ids: ["d", "f", "g"], held: false });
    expect(result.current).toEqual([0, 1, 2]);
  });
});
