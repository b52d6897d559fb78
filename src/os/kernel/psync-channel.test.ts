/** A blocking call whose request finds no room at once. */
import { expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { CAUSE, FLUSH, FLUSH_METADATA, IO_OK, READ, type Thread, WRITE } from "../model.ts";
import { PsyncChannel } from "./psync-channel.ts";
import type { RequestPath } from "./request-path.ts";

const COSTS = { systemCallPs: 100, readCallPs: 10, wakeUpPs: 5 };

/** A thread's channel on a path that has room for as many requests as one says. */
function blocking() {
  const core = new Core(0, 0, 1, [0]);
  const wokenAt: number[] = [];
  const wake = (atPs: number) => wokenAt.push(atPs);
  const thread = { core, isSleeping: true, wake } as unknown as Thread;
  const path = { room: 0, sent: 0 };
  const send = (): boolean => {
    if (path.room === 0) return false;
    path.room -= 1;
    path.sent += 1;
    return true;
  };
  const requests = { addOwner: () => 0, send } as unknown as RequestPath;
  const channel = new PsyncChannel(thread, requests, COSTS);
  return { channel, path, core, wokenAt };
}

it("is entered once, sleeps until there is room, and then sends its request", () => {
  const { channel, path, core, wokenAt } = blocking();
  channel.prepare(READ, 0, 0, 4_096, 1);
  channel.submit();
  expect(channel.reap()).toBe(0);
  path.room = 2;
  channel.roomAgain(5_000);
  expect(wokenAt).toEqual([5_000]);
  channel.reap();
  channel.reap();
  expect(path.sent).toBe(1);
  expect(core.cursorPs).toBe(COSTS.systemCallPs + COSTS.readCallPs);
});

it("is over when its result is taken, not before", () => {
  const { channel, path, core } = blocking();
  channel.prepare(READ, 0, 0, 4_096, 1);
  const isInCall = [channel.isInCall];
  channel.submit();
  isInCall.push(channel.isInCall);
  path.room = 1;
  channel.reap();
  channel.requestDone(1, core, core.cursorPs, IO_OK);
  isInCall.push(channel.isInCall);
  expect(channel.reap()).toBe(1);
  isInCall.push(channel.isInCall);
  expect(isInCall).toEqual([false, true, true, false]);
});

it("has its result from the moment on at which it is there, on whichever core it has come", () => {
  const { channel, path, core } = blocking();
  path.room = 1;
  channel.prepare(READ, 0, 0, 4_096, 1);
  channel.submit();
  channel.requestDone(1, new Core(1, 0, 1, [0]), 5_000, IO_OK);
  expect(channel.completionWait.earliestPs!()).toBe(5_000);
  expect(channel.reap()).toBe(0);
  core.passUntil(5_000, CAUSE.idle);
  expect(channel.reap()).toBe(1);
});

it.each([
  ["a read", READ, COSTS.readCallPs],
  ["a write", WRITE, COSTS.readCallPs],
  ["an fsync", FLUSH_METADATA, 0],
  ["an fdatasync", FLUSH, 0],
] as const)("is looked up and set up if it moves data: %s", (_name, opcode, setUpPs) => {
  const { channel, path, core } = blocking();
  path.room = 1;
  channel.prepare(opcode, 0, 0, 0, 1);
  channel.submit();
  expect(core.cursorPs).toBe(COSTS.systemCallPs + setUpPs);
});
