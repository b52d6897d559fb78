/** Who shares a commit of the journal, and who needs one of his own. */
import { describe, expect, it } from "vitest";
import { Core } from "../../hardware/cpu/core.ts";
import { FLUSH_METADATA, IO_OK, IO_WRITE_FAULT } from "../model.ts";
import { FileSync } from "./file-sync.ts";

const TICK_PS = 4_000_000_000;

/**
 * A file on one drive whose commands end when the test says so; all that takes time is switching to
 * a kernel thread, a picosecond each.
 */
function bench({ hasJournal = true, usesWorker = false } = {}) {
  const core = new Core(0, 0, 1, [0]);
  /** Slots of the commands that are under way, in the order in which they were sent. */
  const sent: number[] = [];
  const ended: string[] = [];
  const sync = new FileSync(
    {
      sendOwn: (_core, _opcode, _drive, _offset, _bytes, slot) => sent.push(slot) > 0,
      deliver: (_owner, tag, _core, _atPs, status) => ended.push(`${tag}: ${status}`),
    },
    { callPs: 0, flushPs: 0, journalCommitPs: 0, wakeUpPs: 0, contextSwitchPs: 1 },
    {
      driveCount: 1,
      driveBytes: 2 ** 30,
      isOneFile: true,
      hasJournal,
      hasVolatileCache: !hasJournal,
    },
  );
  const fsync = (tag: number) => sync.start(core, 0, FLUSH_METADATA, 0, tag, usesWorker);
  const end = (status: typeof IO_OK | typeof IO_WRITE_FAULT = IO_OK) => {
    sync.commandDone(sent.shift()!, core, core.cursorPs, status);
  };
  return { core, sync, sent, ended, fsync, end };
}

describe("an fsync that finds a commit under way", () => {
  it("waits for it and writes nothing", () => {
    const { sync, sent, ended, fsync, end } = bench();
    sync.wrote(0, 0);
    fsync(1);
    fsync(2);
    expect(sent).toHaveLength(1);
    end();
    fsync(3);
    expect([sent.length, ended]).toEqual([1, []]);
    end();
    expect([sent.length, ended]).toEqual([0, [`1: ${IO_OK}`, `2: ${IO_OK}`, `3: ${IO_OK}`]]);
  });

  it("needs another one if the file has changed since that began", () => {
    const { sync, sent, ended, fsync, end } = bench();
    sync.wrote(0, 0);
    fsync(1);
    sync.wrote(0, TICK_PS);
    fsync(2);
    expect(sent).toHaveLength(2);
    for (let commands = 4; commands > 0; commands--) end();
    expect(ended).toHaveLength(2);
    fsync(3);
    expect([sent.length, ended.length]).toEqual([0, 3]);
  });

  it("hears of its error, and the next one commits again", () => {
    const { sync, sent, ended, fsync, end } = bench();
    sync.wrote(0, 0);
    fsync(1);
    fsync(2);
    end(IO_WRITE_FAULT);
    expect(ended).toEqual([`1: ${IO_WRITE_FAULT}`, `2: ${IO_WRITE_FAULT}`]);
    fsync(3);
    expect(sent).toHaveLength(1);
  });
});

describe("a kernel thread gets the core", () => {
  it("to begin a commit, and for each step that has ended", () => {
    const { core, sync, fsync, end } = bench();
    sync.wrote(0, 0);
    fsync(1);
    const switchesOf = [core.cursorPs];
    for (let commands = 2; commands > 0; commands--) {
      end();
      switchesOf.push(core.cursorPs);
    }
    expect(switchesOf).toEqual([1, 2, 3]);
  });

  it.each([true, false])("to begin and to end a flush that is handed to it: %s", (usesWorker) => {
    const { core, fsync, end, ended } = bench({ hasJournal: false, usesWorker });
    fsync(1);
    end();
    expect(ended).toHaveLength(1);
    expect(core.cursorPs).toBe(usesWorker ? 2 : 0);
  });
});
