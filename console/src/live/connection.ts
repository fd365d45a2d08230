import { createStore } from "@/store";

/**
 * How current the page is. live: the socket sends changes. catching-up: missed events are being read.
 * polling: without a socket the page asks every few seconds. offline: the server does not answer.
 */
export type Freshness = "live" | "catching-up" | "polling" | "offline";

type Connection = {
  socket: boolean;
  /** Reads of missed events that are under way. */
  reads: number;
  answered: boolean;
  lastResponse: number;
};

const store = createStore<Connection>({ socket: false, reads: 0, answered: true, lastResponse: Date.now() });
const change = (part: Partial<Connection>) => store.set({ ...store.get(), ...part });

export const reportResponse = () => {
  const { answered, lastResponse } = store.get();
  if (!answered || Date.now() - lastResponse > 1000) change({ answered: true, lastResponse: Date.now() });
};
export const reportNoResponse = () => {
  if (store.get().answered) change({ answered: false });
};
export const setSocketConnected = (connected: boolean) =>
  change(connected ? { socket: true, answered: true, lastResponse: Date.now() } : { socket: false });

/** Shows "catching up" while missed events are read. */
export async function whileCatchingUp<Result>(read: () => Promise<Result>): Promise<Result> {
  change({ reads: store.get().reads + 1 });
  try {
    return await read();
  } finally {
    change({ reads: store.get().reads - 1 });
  }
}

function freshnessOf({ answered, socket, reads }: Connection): Freshness {
  if (!answered && !socket) return "offline";
  if (reads > 0) return "catching-up";
  return socket ? "live" : "polling";
}

export const isLive = () => store.get().socket;
export const useFreshness = () => store.useSelected(freshnessOf);
export const useLastResponse = () => store.useSelected((connection) => connection.lastResponse);
export const useIsLive = () => store.useSelected((connection) => connection.socket);
