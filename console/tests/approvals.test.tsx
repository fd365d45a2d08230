import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import {
  APPROVAL,
  accessible,
  answers,
  approval,
  OTHER,
  open,
  rights,
  showMission,
  started,
  usual,
} from "./page";
import { server } from "./setup";

const closed = rights({ mayApprove: false, whyNot: { code: "closed", text: "It is APPROVED." } });
const APPROVED = approval({ status: "APPROVED", you: closed });
const url = new URL(`/api/approvals/${APPROVAL}/respond`, location.origin).href;

function show(change: Parameters<typeof approval>[0] = {}, ...roles: Parameters<typeof open>[1][]) {
  answers(`/approvals/${APPROVAL}`, approval(change) as never);
  return open(`/approvals/${APPROVAL}`, ...(roles.length ? roles : (["APPROVER"] as const)));
}

describe("an approval's card", () => {
  beforeEach(() => {
    usual();
    showMission({}, [started(1)]);
  });

  it("shows the change, its blast radius, its rollback and the agent's text as not verified", async () => {
    const { container } = show();
    expect(await screen.findByText("payments and checkout")).toBeDefined();
    expect(screen.getByText("deploy revision 8 again")).toBeDefined();
    expect(screen.getByText("Written by the agent, not verified")).toBeDefined();
    await accessible(container);
  });
  it.each([
    ["requester", "PENDING", /You requested this mission/],
    ["role", "PENDING", /Your roles do not allow you to decide/],
    ["service", "PENDING", /You cannot decide for payments/],
    ["participant", "PENDING", /You took part in this mission/],
    ["out-of-votes", "PENDING", /You have voted as often as is allowed/],
    ["closed", "EXPIRED", /^Expired\. Nothing was changed/],
    ["answered", "PENDING", /Your vote is in/],
  ] as const)("has no buttons and says why: %s", async (code, status, reason) => {
    show({ status, you: rights({ mayApprove: false, whyNot: { code, text: "" } }) });
    expect((await screen.findAllByText(reason)).length).toBeGreaterThan(0);
    expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
  });
  it("lists who may not decide, and marks a vote that does not count", async () => {
    const steered = { person: OTHER, name: "Sten", role: "steered" } as const;
    const vote = {
      person: OTHER,
      name: "Sten",
      answer: "APPROVED",
      notes: "",
      round: 0,
      at: "2026-03-01T12:00:00Z",
    };
    const { container } = show({ laterParticipants: [steered], votes: [vote as never], agreed: 0 });
    const list = within(await screen.findByRole("list", { name: "May not decide" }));
    expect(list.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      "Olivia requested the mission",
      "Sten gave feedback on the hypotheses · after this request",
    ]);
    expect(screen.getByText(/does not count/)).toBeDefined();
    expect(screen.getByText("0 of 1")).toBeDefined();
    await accessible(container);
  });
  it("shows the approval only after the server's response, and sends the hash that was shown", async () => {
    let release = () => {};
    const sent: Record<string, unknown>[] = [];
    server.use(
      http.patch(url, async ({ request }) => {
        sent.push((await request.json()) as Record<string, unknown>);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        answers(`/approvals/${APPROVAL}`, APPROVED as never);
        return HttpResponse.json(APPROVED);
      }),
    );
    show();
    await userEvent.type(await screen.findByLabelText(/Reason/), "It fits.");
    await userEvent.click(screen.getByRole("button", { name: "Approve" }));
    expect(await screen.findByText("Waiting for the server to confirm …")).toBeDefined();
    expect(screen.queryByText("Approved.")).toBeNull();
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual({
      status: "APPROVED",
      notes: "It fits.",
      actionHash: "a".repeat(64),
      // biome-ignore lint/suspicious/noThenProperty: the name is the API's
      then: "end",
    });
    release();
    expect(await screen.findByText("Approved.")).toBeDefined();
  });
  it("sends nothing without a reason, or with a wrong target name", async () => {
    show({ risk: "HIGH", you: rights({ needsTarget: true }) });
    await userEvent.click(await screen.findByRole("button", { name: "Approve" }));
    expect(screen.getByText("Add a reason.")).toBeDefined();
    await userEvent.type(screen.getByLabelText(/Reason/), "It fits.");
    await userEvent.type(screen.getByLabelText(/Type the target/), "payment");
    await userEvent.click(screen.getByRole("button", { name: "Approve" }));
    expect(screen.getByText("This name does not match the target.")).toBeDefined();
  });
  it("shows the cluster and the namespace, and asks for the cluster with the target", async () => {
    const { proposal } = approval();
    const action = { ...proposal.action, cluster: "east", namespace: "shop" };
    show({ risk: "HIGH", you: rights({ needsTarget: true }), proposal: { ...proposal, action } });
    expect(await screen.findByText("Cluster east")).toBeDefined();
    expect(screen.getByText("Namespace shop")).toBeDefined();
    await userEvent.type(screen.getByLabelText(/Reason/), "It fits.");
    await userEvent.type(screen.getByLabelText(/payments \(cluster east\)/), "payments");
    await userEvent.click(screen.getByRole("button", { name: "Approve" }));
    expect(screen.getByText("This name does not match the target.")).toBeDefined();
  });
  it.each([
    [300, 415, /takes about 7 minutes.*window 5.min, then 5 samples every 15.s/],
    [0, 90, /takes about 2 minutes\. 5 samples every 15.s/],
  ])("shows how long the proof takes with a query window of %s s", async (window, seconds, words) => {
    const proof = { seconds, queryWindowSeconds: window, stepSeconds: 15, samples: 5 };
    show({ proposal: { ...approval().proposal, proof } });
    expect((await screen.findByText(/The proof takes/)).textContent).toMatch(words);
  });
  it("shows what changed, and accepts no vote before that is confirmed", async () => {
    server.use(
      http.patch(url, () => {
        answers(`/approvals/${APPROVAL}`, approval({ actionHash: "b".repeat(64), risk: "MEDIUM" }) as never);
        const problem = {
          type: "changed_since_viewed",
          title: "The action changed.",
          status: 409,
          detail: "Read it again.",
          error: "",
          correlationId: "1",
        };
        return HttpResponse.json(problem, { status: 409 });
      }),
    );
    show();
    await userEvent.type(await screen.findByLabelText(/Reason/), "It fits.");
    await userEvent.click(screen.getByRole("button", { name: "Approve" }));
    expect(await screen.findByText("This has changed since you opened it")).toBeDefined();
    expect(screen.getByRole("rowheader", { name: "Action hash" })).toBeDefined();
    expect((screen.getByRole("button", { name: "Approve" }) as HTMLButtonElement).disabled).toBe(true);
    await userEvent.click(screen.getByRole("button", { name: "I have read the change" }));
    expect((screen.getByRole("button", { name: "Approve" }) as HTMLButtonElement).disabled).toBe(false);
  });
});
