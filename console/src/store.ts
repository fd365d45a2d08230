import { useSyncExternalStore } from "react";

type Listener = () => void;

/**
 * A value outside of React: modules read and set it, components follow it with `use`.
 * `start` runs with the first listener, and the function it returns runs after the last one.
 */
export function createStore<Value>(initial: Value, start?: (set: (next: Value) => void) => () => void) {
  let value = initial;
  let stop: (() => void) | undefined;
  const listeners = new Set<Listener>();
  const get = () => value;
  const set = (next: Value) => {
    value = next;
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: Listener) => {
    listeners.add(listener);
    if (listeners.size === 1) stop = start?.(set);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) stop?.();
    };
  };
  return {
    get,
    set,
    subscribe,
    use: () => useSyncExternalStore(subscribe, get),
    /** Renders only when the selected part changes: it must be a primitive, or the same object as before. */
    useSelected: <Part>(select: (value: Value) => Part) =>
      useSyncExternalStore(subscribe, () => select(value)),
  };
}
