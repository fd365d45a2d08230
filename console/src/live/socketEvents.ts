import type { Announcement, ApprovalResponse, EventView, Mission } from "@/api/schema";

/** The mission's newest numbers: with each event, and every 5 seconds, so that a lost last event is noticed. */
export type MissionProgress = { missionId: string; status: string; seq: number; lastSeq: number };

/** One picture of the mission's browser. `target` is the id in the plan of the page that it shows. */
export type Frame = {
  missionId: string;
  at: string;
  url: string;
  doing: string;
  target: string;
  jpeg: ArrayBuffer;
};

export type Notification = {
  kind: string;
  missionId: string | null;
  approvalId: string | null;
  title: string;
  text: string;
  at: string;
};

/** An approval as every subscriber gets it: without what its reader may do. */
export type ApprovalBroadcast = Omit<ApprovalResponse, "you">;

/** What the server sends. */
export type ServerEvents = {
  "mission:event": (event: EventView) => void;
  "mission:status": (progress: MissionProgress) => void;
  "mission:update": (mission: Mission) => void;
  "mission:frame": (frame: Frame) => void;
  "approval:request": (approval: ApprovalBroadcast) => void;
  "approval:response": (approval: ApprovalBroadcast) => void;
  notification: (notification: Notification) => void;
  "system:announcement": (announcement: Announcement) => void;
};

type Reply = { ok: true } | { error: string };
type SubscribeReply = { ok: true; lastSeq: number } | { error: string };

/** What the console sends. A client names missions, never rooms. */
export type ClientEvents = {
  "mission:subscribe": (missionId: string, reply: (answer: SubscribeReply) => void) => void;
  "mission:unsubscribe": (missionId: string, reply?: (answer: Reply) => void) => void;
  "mission:watch": (missionId: string, reply?: (answer: Reply) => void) => void;
  "mission:unwatch": (missionId: string, reply?: (answer: Reply) => void) => void;
};
