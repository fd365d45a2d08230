import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setSession } from "@/api/session";
import { SignInForm } from "@/shell/SignInForm";
import { accessible, answers, open, usual } from "./page";
import { server } from "./setup";

const signedOut = (address: string) => {
  history.replaceState(null, "", address);
  setSession({ state: "out" });
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <SignInForm />
    </QueryClientProvider>,
  );
};

describe("the sign-in page", () => {
  afterEach(() => history.replaceState(null, "", "/"));

  it("has no button without a provider", async () => {
    answers("/auth/oauth/providers", { providers: [] });
    signedOut("/");
    await screen.findByRole("button", { name: "Sign in" });
    expect(screen.queryByText(/Sign in with/)).toBeNull();
  });
  it("leads to each provider, and back to this page", async () => {
    answers("/auth/oauth/providers", { providers: ["corp", "other"] });
    const { container } = signedOut("/approvals?status=%2F%2Fevil");
    const link = await screen.findByRole("link", { name: "Sign in with corp" });
    expect(link.getAttribute("href")).toBe("/api/auth/oauth/corp/start?next=%2Fapprovals");
    expect(screen.getByRole("link", { name: "Sign in with other" })).toBeDefined();
    await accessible(container);
  });
  it.each([
    ["unknown", /No account here is connected/],
    ["failed", /too old or did not match/],
  ])("says why a provider's answer was refused: %s", async (reason, words) => {
    answers("/auth/oauth/providers", { providers: ["corp"] });
    signedOut(`/?refused=${reason}`);
    expect((await screen.findByRole("alert")).textContent).toMatch(words);
  });
  it("shows nothing of an address that holds another reason", async () => {
    answers("/auth/oauth/providers", { providers: ["corp"] });
    signedOut("/?refused=Call%20555%20now");
    await screen.findByRole("link", { name: "Sign in with corp" });
    expect(screen.queryByRole("alert")).toBeNull();
    expect(document.body.textContent).not.toContain("555");
  });
});

describe("identity providers in the settings", () => {
  beforeEach(() => {
    usual();
    answers("/auth/sessions", { sessions: [] });
    answers("/auth/passkeys", { passkeys: [] });
    answers("/auth/totp", { totp: false });
  });

  it("are connected and disconnected", async () => {
    answers("/auth/oauth/providers", { providers: ["corp", "other"] });
    answers("/auth/oauth/connected", { providers: ["corp"] });
    const sent: string[] = [];
    server.use(
      http.delete(new URL("/api/auth/oauth/corp", location.origin).href, ({ request }) => {
        sent.push(request.method);
        answers("/auth/oauth/connected", { providers: [] });
        return new HttpResponse(null, { status: 204 });
      }),
    );
    open("/settings", "VIEWER");
    expect(await screen.findAllByRole("button", { name: "Connect" })).toHaveLength(1);
    await userEvent.click(screen.getByRole("button", { name: "Disconnect" }));
    await waitFor(() => expect(screen.getAllByRole("button", { name: "Connect" })).toHaveLength(2));
    expect(sent).toEqual(["DELETE"]);
  });
});
