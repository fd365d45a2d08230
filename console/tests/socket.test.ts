import { afterEach, describe, expect, it, vi } from "vitest";
import { setSession } from "@/api/session";
import { startLive } from "@/live/socket";
import { user } from "./page";

const sockets: FakeSocket[] = [];

/** A socket without a network. Its events come from the test. */
class FakeSocket {
  connected = true;
  active = false;
  connect = vi.fn();
  disconnect = vi.fn();
  private readonly listeners = new Map<string, (content: never) => void>();

  on(name: string, listener: (content: never) => void) {
    this.listeners.set(name, listener);
    return this;
  }
  receive(name: string, content: unknown) {
    this.listeners.get(name)?.(content as never);
  }
}

vi.mock("socket.io-client", () => ({
  io: () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  },
}));

const signIn = () => setSession({ state: "in", token: "t", user: user("OPERATOR") });

async function connected(): Promise<FakeSocket> {
  const before = sockets.length;
  signIn();
  await vi.waitFor(() => expect(sockets).toHaveLength(before + 1));
  return sockets.at(-1) as FakeSocket;
}

describe("the socket", () => {
  startLive();
  afterEach(() => vi.useRealTimers());

  it.each([
    ["disconnect", "io server disconnect"],
    ["connect_error", new Error("Authentication required")],
  ])("reconnects after %s by the server", async (name, content) => {
    const socket = await connected();
    vi.useFakeTimers();
    socket.receive(name, content);
    vi.advanceTimersByTime(2000);
    expect(socket.connect).toHaveBeenCalledOnce();
  });
  it.each([
    ["disconnect", "io server disconnect"],
    ["connect_error", new Error("Authentication required")],
  ])("stays closed when the user signs out after %s", async (name, content) => {
    const socket = await connected();
    vi.useFakeTimers();
    socket.receive(name, content);
    setSession({ state: "out" });
    vi.advanceTimersByTime(10_000);
    expect(socket.disconnect).toHaveBeenCalledOnce();
    expect(socket.connect).not.toHaveBeenCalled();
  });
});
