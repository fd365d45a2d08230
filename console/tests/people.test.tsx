import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { Member, OpenInvitation } from "@/api/schema";
import { accessible, answers, OTHER, open, usual } from "./page";
import { server } from "./setup";

const AT = "2026-03-01T12:00:00Z";
const url = (path: string) => new URL(`/api${path}`, location.origin).href;

const member = (change: Partial<Member> = {}): Member => ({
  id: OTHER,
  email: "ada@shop.example",
  name: "Ada",
  roles: ["APPROVER"],
  services: null,
  groups: [],
  isService: false,
  disabledAt: null,
  createdAt: AT,
  ...change,
});

const invitation: OpenInvitation = {
  id: "00000000-0000-7000-8000-00000000001a",
  email: "ines@shop.example",
  roles: ["VIEWER"],
  services: null,
  createdAt: AT,
  expiresAt: "2099-03-01T12:00:00Z",
};

beforeEach(usual);

describe("the groups of a member", () => {
  it("are shown, and edited as comma separated names", async () => {
    let sent: unknown;
    answers("/users", { users: [member({ groups: ["dba"] })], nextCursor: null });
    server.use(
      http.patch(url("/users/:id"), async ({ request }) => {
        sent = await request.json();
        answers("/users", { users: [member({ groups: ["dba", "payments-oncall"] })], nextCursor: null });
        return HttpResponse.json(member());
      }),
    );
    const { container } = open("/admin", "ADMIN");
    const shown = await screen.findByRole("button", { name: /^Groups of Ada/ });
    expect(shown.textContent).toBe("Groups of Ada: dba");
    await accessible(container);
    await userEvent.click(shown);
    const dialog = within(screen.getByRole("dialog", { name: "Groups of Ada" }));
    await userEvent.type(dialog.getByLabelText("Groups"), ", payments-oncall, dba");
    await userEvent.click(dialog.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("dba, payments-oncall")).toBeDefined();
    expect(sent).toEqual({ groups: ["dba", "payments-oncall"] });
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  it("keep the input when the API refuses it", async () => {
    const refused = { title: "Invalid", detail: "groups: no such name", correlationId: "c0ffee" };
    answers("/users", { users: [member()], nextCursor: null });
    server.use(http.patch(url("/users/:id"), () => HttpResponse.json(refused, { status: 422 })));
    open("/admin", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: /^Groups of Ada/ }));
    const dialog = within(screen.getByRole("dialog"));
    await userEvent.type(dialog.getByLabelText("Groups"), "-");
    await userEvent.click(dialog.getByRole("button", { name: "Save" }));
    expect(await dialog.findByText("groups: no such name")).toBeDefined();
    expect(dialog.getByLabelText<HTMLInputElement>("Groups").value).toBe("-");
  });
});

describe("open invitations", () => {
  beforeEach(() => answers("/users", { users: [], nextCursor: null }));

  it("are listed, and revoked only after a confirmation", async () => {
    let revoked = 0;
    answers("/invitations", { invitations: [invitation] });
    server.use(
      http.delete(url(`/invitations/${invitation.id}`), () => {
        revoked += 1;
        answers("/invitations", { invitations: [] });
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { container } = open("/admin", "ADMIN");
    expect(await screen.findByText("ines@shop.example")).toBeDefined();
    await accessible(container);
    await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
    expect(revoked).toBe(0);
    const dialog = within(screen.getByRole("dialog", { name: "Revoke ines@shop.example?" }));
    await userEvent.click(dialog.getByRole("button", { name: "Revoke" }));
    expect(await screen.findByText("No open invitations.")).toBeDefined();
    expect(revoked).toBe(1);
  });
});

describe("the sign-in factors of a member", () => {
  it("are listed, and removed one by one", async () => {
    const passkey = {
      id: "00000000-0000-7000-8000-00000000002a",
      name: "Laptop",
      createdAt: AT,
      usedAt: null,
    };
    const factors = {
      methods: ["password", "passkey", "openid"],
      totp: true,
      passkeys: [passkey],
      providers: ["corp"],
    };
    const removed: string[] = [];
    answers("/users", { users: [member()], nextCursor: null });
    answers(`/users/${OTHER}/factors`, factors);
    server.use(
      http.delete(url("/users/:id/passkeys/:passkey"), ({ params }) => {
        removed.push(String(params.passkey));
        answers(`/users/${OTHER}/factors`, { ...factors, passkeys: [] });
        return new HttpResponse(null, { status: 204 });
      }),
    );
    open("/admin", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Sign-in" }));
    const dialog = await screen.findByRole("dialog", { name: "How Ada signs in" });
    expect(await within(dialog).findByText("Identity at corp")).toBeDefined();
    await accessible(dialog);
    await userEvent.click(within(dialog).getByRole("button", { name: "Remove: Passkey Laptop" }));
    await waitFor(() => expect(within(dialog).queryByText("Passkey Laptop")).toBeNull());
    expect(removed).toEqual([passkey.id]);
  });
  it("of somebody who belongs elsewhere, too, are not shown", async () => {
    answers("/users", { users: [member()], nextCursor: null });
    answers(`/users/${OTHER}/factors`, 409);
    open("/admin", "ADMIN");
    await userEvent.click(await screen.findByRole("button", { name: "Sign-in" }));
    expect(await screen.findByText("Its sentence.")).toBeDefined();
    expect(screen.queryByRole("button", { name: /^Remove:/ })).toBeNull();
  });
});
