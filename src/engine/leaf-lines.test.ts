import { describe, expect, it } from "vitest";
import { Core } from "../hardware/cpu/core.ts";
import { CAUSE } from "../hardware/cpu/ledger.ts";
import { LeafLines, NO_SHARING } from "./leaf-lines.ts";

const LEAF = 7;
const WORK_PS = 200_000;
const [NEAR_PS, FAR_PS] = [25_000, 100_000];
const LATER_PS = 1_000_000_000;

/** Cores of two complexes with two each, their clocks at a microsecond. */
function fourCores(): [Core, Core, Core, Core] {
  const cores = [0, 0, 1, 1].map((complex, index) => new Core(index, complex, 1, []));
  for (const core of cores) core.passUntil(1_000_000, CAUSE.idle);
  return cores as [Core, Core, Core, Core];
}

const sharing = (originals = 1, coreCount = 4) => ({
  lineTransfer: { nearPs: NEAR_PS, farPs: FAR_PS },
  coreCount,
  originals,
});

/** How long something takes a core. */
function timeOf(core: Core, step: () => void): number {
  const before = core.cursorPs;
  step();
  return core.cursorPs - before;
}

/** What `changes` changes of each core cost on the average, taken in turns. */
function meanChange(lines: LeafLines, cores: readonly Core[], changes: number, leaf: number) {
  const before = cores.reduce((sum, core) => sum + core.cursorPs, 0);
  for (let change = 0; change < changes; change++) {
    for (const core of cores) lines.change(core, leaf, WORK_PS);
  }
  const after = cores.reduce((sum, core) => sum + core.cursorPs, 0);
  return (after - before) / (changes * cores.length);
}

describe("the lines of leaves", () => {
  it("stay with a core that changes a leaf alone", () => {
    const [core] = fourCores();
    const lines = new LeafLines(sharing());
    for (let change = 0; change < 10; change++) {
      expect(timeOf(core, () => lines.visit(core, LEAF))).toBe(0);
      expect(timeOf(core, () => lines.change(core, LEAF, WORK_PS))).toBe(WORK_PS);
    }
  });

  it("let changes of one leaf by several cores happen one after the other", () => {
    const cores = fourCores();
    const lines = new LeafLines(sharing());
    expect(meanChange(lines, cores, 100, LEAF)).toBeGreaterThan(cores.length * WORK_PS);
    const apart = fourCores();
    const leafOf = new LeafLines(sharing());
    for (const core of apart) expect(meanChange(leafOf, [core], 100, core.index)).toBe(WORK_PS);
  });

  it("come to a reader once after each change, from afar in more time", () => {
    const [writer, other, far] = fourCores();
    const lines = new LeafLines(sharing());
    const change = (): void => {
      for (const core of [writer, other]) lines.change(core, LEAF, WORK_PS);
    };
    change();
    change();
    for (const core of [writer, far]) core.passUntil(other.cursorPs, CAUSE.idle);
    expect(timeOf(other, () => lines.visit(other, LEAF))).toBe(0);
    expect(timeOf(writer, () => lines.visit(writer, LEAF))).toBe(NEAR_PS);
    expect(timeOf(far, () => lines.visit(far, LEAF))).toBe(FAR_PS);
    expect(timeOf(far, () => lines.visit(far, LEAF))).toBe(0);
    change();
    far.passUntil(other.cursorPs, CAUSE.idle);
    expect(timeOf(far, () => lines.visit(far, LEAF))).toBe(FAR_PS);
  });

  it("have left the caches some time after the change", () => {
    const [writer, other, far] = fourCores();
    const lines = new LeafLines(sharing());
    for (const core of [writer, other, writer]) lines.change(core, LEAF, WORK_PS);
    far.passUntil(LATER_PS, CAUSE.idle);
    expect(timeOf(far, () => lines.visit(far, LEAF))).toBe(0);
    expect(timeOf(far, () => lines.change(far, LEAF, WORK_PS))).toBe(WORK_PS);
  });

  it("meet as seldom as those of the original, of which a twin's leaf stands for many", () => {
    const mean = (originals: number): number =>
      meanChange(new LeafLines(sharing(originals)), fourCores(), 1_000, LEAF);
    expect(mean(1)).toBeGreaterThan(4 * WORK_PS);
    expect(mean(1_000)).toBeLessThan(1.05 * WORK_PS);
    expect(mean(1_000)).toBeGreaterThanOrEqual(WORK_PS);
  });

  it("are not forgotten for leaves that are changed once", () => {
    const [first, second, other] = fourCores();
    const lines = new LeafLines(sharing());
    const popular = (): number => meanChange(lines, [first, second], 1, LEAF);
    popular();
    for (let leaf = 1_000; leaf < 20_000; leaf++) lines.change(other, leaf, 1);
    expect(popular()).toBeGreaterThan(WORK_PS + NEAR_PS);
  });

  it("let nobody change a leaf with another, even where they travel in no time", () => {
    const cores = fourCores();
    const lines = new LeafLines({ ...NO_SHARING, coreCount: 4 });
    expect(meanChange(lines, cores, 100, LEAF)).toBeGreaterThan(3 * WORK_PS);
  });

  it("cost nothing where nobody meets anybody", () => {
    expect(meanChange(new LeafLines(NO_SHARING), fourCores().slice(0, 1), 100, LEAF)).toBe(WORK_PS);
  });
});
