import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadChapters } from "../cli/chapters.ts";
import type { PageData } from "./page-data.ts";
import { chapterOf, initialState, panelsOf, parseState, type State, stateHash } from "./state.ts";

const figure = (id: string) => ({ id }) as PageData["figures"][number];
const data: PageData = {
  version: "0.0.0",
  chapters: loadChapters(),
  figures: [figure("a-1"), figure("b-2")],
  claims: [],
  tables: [],
  backends: [],
  machines: ["one", "two"],
  notModelled: "",
};

const optional = (max: number) => fc.option(fc.nat(max), { nil: undefined });
const chapterStates = fc.constantFrom(...data.chapters).chain((chapter) =>
  fc.record<State>({
    view: fc.constant(chapter.number),
    guess: optional(chapter.prediction.options.length - 1),
    revealed: fc.boolean(),
    path: fc.nat(chapter.path.variants.length - 1),
    step: fc.nat(20),
    knobs: fc
      .tuple(...chapter.knobs.map(({ options }) => fc.nat(options.length - 1)))
      .map((values) =>
        Object.fromEntries(
          chapter.knobs.flatMap(({ id, initial }, index) =>
            values[index] === initial ? [] : [[id, values[index]!]],
          ),
        ),
      ),
    metric: fc.nat(chapter.chart.metrics.length - 1),
    at: optional("path" in chapter.chart.x ? chapter.chart.x.values.length - 1 : 100),
    tax: fc.option(fc.boolean(), { nil: undefined }),
    failure: fc.nat(Math.max(0, chapter.failures.length - 1)),
    way: fc.constant(0),
    moment: fc.nat(20),
    claim: fc.nat(chapter.claims.length - 1),
    without: fc.subarray([...chapter.claims]),
    figure: fc.constantFrom("a-1", "b-2"),
    machine: fc.constantFrom("one", "two"),
    theme: fc.constantFrom("auto", "light", "dark"),
    presenting: fc.boolean(),
    panel: fc.constantFrom(...panelsOf(chapter)),
  }),
);

describe("the state in the address", () => {
  it("I1: comes back as it was", () => {
    fc.assert(
      fc.property(chapterStates, (state) => {
        expect(parseState(data, `#${stateHash(data, state)}`)).toEqual(state);
      }),
    );
  });

  it("I1: and so do the other views", () => {
    for (const view of ["table", "costs", "figures"] as const) {
      const state = { ...initialState(data), view };
      expect(parseState(data, stateHash(data, state))).toEqual(state);
    }
  });

  it("I2: never fails, whatever it says", () => {
    const names = ["show", "path", "step", "knob.drives", "at", "without", "figure", "panel"];
    const fields = fc.array(fc.tuple(fc.constantFrom(...names), fc.string()));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fields.map((all) => String(new URLSearchParams(all))),
        ),
        (hash) => {
          const state = parseState(data, hash);
          const chapter = chapterOf(data, state);
          if (chapter) expect(chapter.path.variants[state.path]).toBeDefined();
          expect(parseState(data, stateHash(data, state))).toEqual(state);
        },
      ),
    );
  });
});
