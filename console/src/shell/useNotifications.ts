import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Approval } from "@/api/schema";
import { useUser } from "@/api/session";
import { visible } from "@/format/text";
import { say } from "@/i18n";
import { listen } from "@/live/socket";
import { preferences } from "@/prefs/preferences";
import { useWaitingForMe } from "@/shell/Navigation";
import { toast } from "@/shell/toastStore";

/** Beside the page, where the person allowed it and looks elsewhere. */
function showDesktopNotification(title: string, text: string, tag: string) {
  if (!preferences().alerts || !document.hidden) return;
  if (globalThis.Notification?.permission === "granted") new Notification(title, { body: text, tag });
}

/** Hears what concerns the person: the count in the title, toasts, and notifications where allowed. */
export function useNotifications() {
  const client = useQueryClient();
  const user = useUser();
  const waiting = useWaitingForMe().length;
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) OPS-Agent` : "OPS-Agent";
  }, [waiting]);
  useEffect(() => {
    const keep = (approval: Approval) => {
      client.setQueryData(["approval", approval.id], approval);
      void client.invalidateQueries({ queryKey: ["approvals"] });
    };
    const stops = [
      listen("approval:request", (approval) => {
        keep(approval);
        if (approval.requester === user.id) return;
        const action = approval.proposal.action;
        const title = visible(`${say("approvalAsked")}: ${action.kind} ${action.service}`);
        toast({ tone: "warn", title, text: approval.proposal.reason, to: `/approvals/${approval.id}` });
        showDesktopNotification(title, visible(approval.proposal.reason), approval.id);
      }),
      listen("approval:response", keep),
      listen("notification", (note) => {
        toast({ tone: "accent", title: note.title, text: note.text, to: `/missions/${note.missionId}` });
        showDesktopNotification(visible(note.title), visible(note.text), note.missionId);
      }),
      listen("system:announcement", (told) => toast({ tone: "accent", title: told.text, text: told.by })),
      listen("connected", () => void client.invalidateQueries({ queryKey: ["approvals"] })),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, user.id]);
}
