import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { refreshSession, startSession } from "@/api/authentication";
import { api, setTokenRefresh } from "@/api/client";
import type { SessionResponse } from "@/api/schema";
import { session } from "@/api/session";
import { SignInGate } from "@/shell/SignInGate";
import { APPROVAL, accessible, answers, user } from "./page";
import { server } from "./setup";

const at = (path: string) => new URL(`/api${path}`, location.origin).href;
const problem = (type: string) => HttpResponse.json({ type, title: "No.", status: 401 }, { status: 401 });
const signedIn = (accessToken: string): SessionResponse => ({
  accessToken,
  user: user("APPROVER"),
  expiresIn: 900,
  refreshToken: null,
});

/** An API that accepts the vote with the token `fresh` only; it renews a session without proving anything. */
function respondToVotes() {
  const votes: (string | null)[] = [];
  let renewed = 0;
  server.use(
    http.patch(at(`/approvals/${APPROVAL}/respond`), ({ request }) => {
      const authorization = request.headers.get("Authorization");
      votes.push(authorization);
      return authorization === "Bearer fresh"
        ? HttpResponse.json({ id: APPROVAL })
        : problem("step_up_required");
    }),
    http.post(at("/auth/refresh"), () => {
      renewed += 1;
      return HttpResponse.json(signedIn(`renewed-${renewed}`));
    }),
    http.get(at("/missions"), ({ request }) =>
      request.headers.get("Authorization") === "Bearer old"
        ? problem("about:blank")
        : HttpResponse.json({ missions: [] }),
    ),
    http.post(at("/auth/step-up"), async ({ request }) => {
      const body = (await request.json()) as { password: string; code?: string };
      if (body.password !== "right") return problem("invalid_credentials");
      return body.code === "123456"
        ? HttpResponse.json(signedIn("fresh"))
        : problem("second_factor_required");
    }),
  );
  return votes;
}

function vote() {
  const vote = { status: "APPROVED" as const, notes: "It fits.", actionHash: "a".repeat(64) };
  return api.PATCH("/api/approvals/{approval_id}/respond", {
    params: { path: { approval_id: APPROVAL } },
    // biome-ignore lint/suspicious/noThenProperty: the name is the API's
    body: { ...vote, then: "end" },
  });
}

describe("a request that needs a recent sign-in", () => {
  beforeEach(() => {
    answers("/auth/oauth/connected", { providers: ["corp"] });
    answers("/auth/oauth/providers", { providers: ["corp", "other"] });
    setTokenRefresh(refreshSession);
    startSession(signedIn("old"));
    render(
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <SignInGate>the page</SignInGate>
      </QueryClientProvider>,
    );
  });

  it("asks until the user has proved their identity, however often the session is renewed", async () => {
    const votes = respondToVotes();
    const voted = vote();
    const dialog = await screen.findByRole("dialog", { name: "Sign in again" });
    expect((await api.GET("/api/missions")).response.status).toBe(200); // a poll whose token has expired
    await refreshSession();
    await refreshSession();
    expect(session()).toMatchObject({ state: "in", token: "renewed-3" });
    expect(screen.getByRole("dialog")).toBe(dialog);
    expect(votes).toEqual(["Bearer old"]);
    await accessible(dialog);

    await userEvent.type(screen.getByLabelText("Password"), "wrong");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    await screen.findByRole("alert");
    expect(session().state).toBe("in");
    await userEvent.clear(screen.getByLabelText("Password"));
    await userEvent.type(screen.getByLabelText("Password"), "right");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    await userEvent.type(await screen.findByLabelText(/code/i), "123456");
    await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await voted).response.status).toBe(200);
    expect(votes).toEqual(["Bearer old", "Bearer fresh"]);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("is not repeated when the user gives up", async () => {
    const votes = respondToVotes();
    const voted = vote();
    await screen.findByRole("dialog", { name: "Sign in again" });
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    expect((await voted).response.status).toBe(401);
    expect(votes).toHaveLength(1);
    expect(session()).toMatchObject({ state: "in", token: "old" });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("offers the providers that know the user", async () => {
    respondToVotes();
    const voted = vote();
    expect(await screen.findByRole("button", { name: "Sign in with corp" })).toBeDefined();
    expect(screen.queryByRole("button", { name: "Sign in with other" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    await voted;
  });
});
