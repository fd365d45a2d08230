import { createStore } from "@/store";

/**
 * Whether a request waits until the user has proved their identity again. It is separate from the session: the
 * access token stays in use, and renewing it proves nothing. Only a sign-in ends the wait, or the user gives up.
 */
const store = createStore(false);
let finish: ((proved: boolean) => void) | undefined;
let waiting: Promise<boolean> | undefined;

export const useStepUp = store.use;

/** Asks the user to sign in again; true after the sign-in, false if they gave up. Requests share one question. */
export function stepUp(): Promise<boolean> {
  waiting ??= new Promise((resolve) => {
    finish = resolve;
    store.set(true);
  });
  return waiting;
}

function end(proved: boolean) {
  const resolve = finish;
  finish = waiting = undefined;
  store.set(false);
  resolve?.(proved);
}

/** The user has proved their identity. */
export const endStepUp = () => end(true);

/** The requests that wait are not repeated. */
export const cancelStepUp = () => end(false);
