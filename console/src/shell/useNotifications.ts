import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Announcement } from "@/api/schema";
import { useUser } from "@/api/session";
import { visible } from "@/format/text";
import { translate, word } from "@/i18n";
import { useSocket } from "@/live/socket";
import type { ApprovalBroadcast, Notification as MissionNotification } from "@/live/socketEvents";
import { actionTarget } from "@/pages/approvals/actionTarget";
import { preferences } from "@/prefs/preferences";
import { useWaitingForMe } from "@/shell/Navigation";
import { showToast } from "@/shell/toastStore";

/** A notification of the desktop, when the user allows them and this page is in the background. */
function notifyDesktop(title: string, text: string, tag: string) {
  if (!preferences().alerts || !document.hidden) return;
  if (globalThis.Notification?.permission === "granted") new Notification(title, { body: text, tag });
}

/** Shows the number of waiting approvals in the title, and what the server sends to this user as toasts. */
export function useNotifications() {
  const client = useQueryClient();
  const socket = useSocket();
  const user = useUser();
  const waiting = useWaitingForMe().length;
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) OPS-Agent` : "OPS-Agent";
  }, [waiting]);
  useEffect(() => {
    if (!socket) return;
    const refreshList = () => void client.invalidateQueries({ queryKey: ["approvals"] });
    // A broadcast does not say what this user may do: the approval is read again.
    const onResponse = (approval: ApprovalBroadcast) => {
      void client.invalidateQueries({ queryKey: ["approval", approval.id] });
      refreshList();
    };
    const onRequest = (approval: ApprovalBroadcast) => {
      onResponse(approval);
      if (approval.requester === user.id) return;
      const { action, reason } = approval.proposal;
      const title = visible(
        `${translate("approvalRequested")}: ${word(translate, "action", action.kind)} ${actionTarget(action)}`,
      );
      showToast({ tone: "warn", title, text: reason, to: `/approvals/${approval.id}` });
      notifyDesktop(title, visible(reason), approval.id);
    };
    const onNotification = ({ kind, title, text, missionId }: MissionNotification) => {
      const tone = kind === "mission-relapsed" ? "danger" : "accent";
      showToast({ tone, title, text, ...(missionId ? { to: `/missions/${missionId}` } : {}) });
      notifyDesktop(visible(title), visible(text), missionId ?? title);
    };
    const onAnnouncement = ({ text, by }: Announcement) =>
      showToast({ tone: "accent", title: text, text: by });
    socket
      .on("approval:request", onRequest)
      .on("approval:response", onResponse)
      .on("notification", onNotification)
      .on("system:announcement", onAnnouncement)
      .on("connect", refreshList);
    return () => {
      socket
        .off("approval:request", onRequest)
        .off("approval:response", onResponse)
        .off("notification", onNotification)
        .off("system:announcement", onAnnouncement)
        .off("connect", refreshList);
    };
  }, [socket, client, user.id]);
}
