import type { Socket } from "socket.io-client";
import { refreshSession } from "@/api/authentication";
import { session, setSession, subscribeSession, token } from "@/api/session";
import { setSocketConnected } from "@/live/connection";
import type { ClientEvents, ServerEvents } from "@/live/socketEvents";
import { createStore } from "@/store";

export type LiveSocket = Socket<ServerEvents, ClientEvents>;

const store = createStore<LiveSocket | null>(null);
const subscriptions = new Map<string, number>();
let connecting = false;

/** The socket of this session; null until the client library is loaded. */
export const useSocket = store.use;

/** Runs now if the socket is connected, and after each reconnect, until the returned function is called. */
function onConnect(socket: LiveSocket, run: () => void): () => void {
  if (socket.connected) run();
  socket.on("connect", run);
  return () => socket.off("connect", run);
}

const RETRY_MS = 1500;
/** Errors after which the same subscription may succeed: the database was away, or the user has many tabs. */
const TRANSIENT = ["Unavailable.", "Too many events."];

/** Subscribes to a mission's events; `onLastSeq` gets its last number in the database, now and after a reconnect. */
export function subscribeToMission(
  socket: LiveSocket,
  missionId: string,
  onLastSeq: (lastSeq: number) => void,
): () => void {
  subscriptions.set(missionId, (subscriptions.get(missionId) ?? 0) + 1);
  let active = true;
  const subscribe = () => {
    if (!active || !socket.connected) return;
    socket.emit("mission:subscribe", missionId, (reply) => {
      if ("lastSeq" in reply) onLastSeq(reply.lastSeq);
      else if (TRANSIENT.includes(reply.error)) setTimeout(subscribe, RETRY_MS * (1 + Math.random()));
    });
  };
  const stop = onConnect(socket, subscribe);
  return () => {
    active = false;
    stop();
    const left = (subscriptions.get(missionId) ?? 1) - 1;
    if (left > 0) subscriptions.set(missionId, left);
    else {
      subscriptions.delete(missionId);
      if (socket.connected) socket.emit("mission:unsubscribe", missionId);
    }
  };
}

/** Requests the frames of a mission's browser. */
export function watchBrowser(socket: LiveSocket, missionId: string): () => void {
  const stop = onConnect(socket, () => socket.emit("mission:watch", missionId));
  return () => {
    stop();
    if (socket.connected) socket.emit("mission:unwatch", missionId);
  };
}

async function connect() {
  if (store.get() || connecting) return;
  connecting = true;
  const { io } = await import("socket.io-client");
  connecting = false;
  if (session().state !== "in") return;
  const socket: LiveSocket = io({
    auth: (send) => send({ token: token() }),
    transports: ["websocket", "polling"],
    reconnectionDelayMax: 5000,
  });
  // The user can sign out before the time is over: then this socket stays closed.
  const reconnectIn = (ms: number) => setTimeout(() => store.get() === socket && socket.connect(), ms);
  socket.on("connect", () => setSocketConnected(true));
  socket.on("disconnect", (reason) => {
    setSocketConnected(false);
    // The library does not reconnect after a disconnect by the server.
    if (reason === "io server disconnect") reconnectIn(1000);
  });
  socket.on("connect_error", (error) => {
    setSocketConnected(false);
    if (error.message === "Invalid token") void expireSession();
    else if (!socket.active) reconnectIn(2000); // nor after a refused connection
  });
  store.set(socket);
}

/** The socket reconnects with the next token: by a refresh, or when the user has signed in again. */
async function expireSession() {
  const current = session();
  if (current.state !== "in" || (await refreshSession())) return;
  setSession({ state: "expired", user: current.user });
}

/** Keeps one socket for as long as a user is signed in. */
export function startLive() {
  const follow = () => {
    const { state } = session();
    const socket = store.get();
    if (state === "in") {
      if (socket && !socket.connected) socket.connect();
      else void connect();
    } else if (state === "out") {
      socket?.disconnect();
      store.set(null);
      setSocketConnected(false);
    }
  };
  subscribeSession(follow);
  follow();
}
