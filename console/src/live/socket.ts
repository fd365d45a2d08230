import type { Socket } from "socket.io-client";
import { renew } from "@/api/authentication";
import type { Approval, Mission, Step } from "@/api/schema";
import { onSession, session, setSession, token } from "@/api/session";
import { setSocketConnected } from "@/live/connection";

export type Standing = { missionId: string; status: string; seq: number; lastSeq: number };
export type Frame = { missionId: string; at: string; jpeg: ArrayBuffer };
export type Note = {
  kind: string;
  missionId: string;
  approvalId?: string | null;
  title: string;
  text: string;
};
export type Announcement = { text: string; by: string; at: string };

export type Heard = {
  "mission:step": Step;
  "mission:status": Standing;
  "mission:update": Mission;
  "mission:frame": unknown;
  "approval:request": Approval;
  "approval:response": Approval;
  notification: Note;
  "system:announcement": Announcement;
  connected: undefined;
};

type Ear = (content: never) => void;

const ears = new Map<string, Set<Ear>>();
const watched = new Map<string, number>();
let socket: Socket | null = null;
let starting = false;

function tell(name: string, content: unknown) {
  for (const ear of ears.get(name) ?? []) ear(content as never);
}

/** Hears one kind of event until the returned function is called. */
export function listen<Name extends keyof Heard>(
  name: Name,
  ear: (content: Heard[Name]) => void,
): () => void {
  const those = ears.get(name) ?? new Set();
  ears.set(name, those.add(ear as Ear));
  return () => those.delete(ear as Ear);
}

type Ack = { ok?: boolean; lastSeq?: number; error?: string };

/** Asks for a mission's events; `stands` hears the table's last number, now and after each reconnect. */
export function watchMission(missionId: string, stands: (lastSeq: number) => void): () => void {
  watched.set(missionId, (watched.get(missionId) ?? 0) + 1);
  const join = () =>
    socket?.emit("mission:subscribe", missionId, (ack: Ack) => {
      if (typeof ack.lastSeq === "number") stands(ack.lastSeq);
    });
  if (socket?.connected) join();
  const stop = listen("connected", join);
  return () => {
    stop();
    const left = (watched.get(missionId) ?? 1) - 1;
    if (left > 0) watched.set(missionId, left);
    else {
      watched.delete(missionId);
      if (socket?.connected) socket.emit("mission:unsubscribe", missionId);
    }
  };
}

/** Asks for the frames of a mission's browser, now and after each reconnect. */
export function watchFrames(missionId: string): () => void {
  const ask = () => socket?.emit("mission:watch", missionId);
  if (socket?.connected) ask();
  const stop = listen("connected", ask);
  return () => {
    stop();
    if (socket?.connected) socket.emit("mission:unwatch", missionId);
  };
}

async function connect() {
  if (socket || starting) return;
  starting = true;
  const { io } = await import("socket.io-client");
  starting = false;
  if (session().state !== "in") return;
  socket = io({
    auth: (give) => give({ token: token() }),
    transports: ["websocket", "polling"],
    reconnectionDelayMax: 5000,
  });
  socket.on("connect", () => {
    setSocketConnected(true);
    tell("connected", undefined);
  });
  socket.on("disconnect", (why) => {
    setSocketConnected(false);
    if (why === "io server disconnect") setTimeout(() => socket?.connect(), 1000); // the server never asks again
  });
  socket.on("connect_error", (error) => {
    setSocketConnected(false);
    if (error.message === "Invalid token") void expire();
    else if (!socket?.active) setTimeout(() => socket?.connect(), 2000); // refused, so it would not try again
  });
  socket.onAny(tell);
}

/** The socket is refused like a request: with the next token, or when the person signed in in place, it comes again. */
async function expire() {
  const current = session();
  if (current.state !== "in" || (await renew())) return;
  setSession({ state: "expired", user: current.user, fresh: false });
}

export function startLive() {
  const look = () => {
    const { state } = session();
    if (state === "in") {
      if (socket && !socket.connected) socket.connect();
      else void connect();
    } else if (state === "out") {
      socket?.disconnect();
      socket = null;
      setSocketConnected(false);
    }
  };
  onSession(look);
  look();
}
