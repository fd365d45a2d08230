import { act, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { loadLanguage } from "@/i18n";
import { setPreferences } from "@/prefs/preferences";
import { answers, open, usual } from "./page";

beforeEach(() => {
  usual();
  answers("/missions", {
    missions: [],
    pagination: { page: 1, limit: 100, total: 0, totalPages: 1, nextCursor: null },
  });
});

it("goes to the approvals by g and a, with a render in between", async () => {
  open("/missions", "APPROVER");
  expect(await screen.findByText("No missions yet")).toBeDefined();
  await userEvent.keyboard("g");
  await act(async () => {
    setPreferences({ language: "de" });
    await loadLanguage();
  });
  expect(screen.getByText("Noch keine Missionen")).toBeDefined();
  act(() => setPreferences({ language: "en" }));
  await userEvent.keyboard("a");
  expect(await screen.findByRole("heading", { name: "Approvals", level: 1 })).toBeDefined();
});
