import { useSyncExternalStore } from "react";

/**
 * How fresh what is shown is. live: the socket tells. catching: a gap is being filled. polling: without
 * a socket the page asks by itself. offline: nobody answers.
 */
export type Freshness = "live" | "catching" | "polling" | "offline";

type State = { socket: boolean; filling: number; answered: boolean; last: number };

let state: State = { socket: false, filling: 0, answered: true, last: Date.now() };
const ears = new Set<() => void>();

function change(next: Partial<State>) {
  state = { ...state, ...next };
  for (const ear of ears) ear();
}

export const reportResponse = () => {
  if (!state.answered || Date.now() - state.last > 1000) change({ answered: true, last: Date.now() });
};
export const reportNoResponse = () => {
  if (state.answered) change({ answered: false });
};
export const setSocketConnected = (up: boolean) =>
  change(up ? { socket: true, answered: true, last: Date.now() } : { socket: false });

/** While a gap is being filled. */
export async function whileCatchingUp<Result>(work: () => Promise<Result>): Promise<Result> {
  change({ filling: state.filling + 1 });
  try {
    return await work();
  } finally {
    change({ filling: state.filling - 1 });
  }
}

const freshness = (): Freshness => {
  if (!state.answered && !state.socket) return "offline";
  if (state.filling > 0) return "catching";
  return state.socket ? "live" : "polling";
};

const listen = (ear: () => void) => {
  ears.add(ear);
  return () => ears.delete(ear);
};

export const useFreshness = () => useSyncExternalStore(listen, freshness);
export const useLastResponse = () => useSyncExternalStore(listen, () => state.last);
export const isLive = () => state.socket;
export const useIsLive = () => useSyncExternalStore(listen, isLive);
