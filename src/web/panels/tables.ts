/** The views beside the chapters: the project's tables, the cost table, all published figures. */

import { causeTitle } from "../../report/ledger-table.ts";
import { choice } from "../chart-figure.ts";
import type { Context } from "../context.ts";
import { h, table } from "../dom.ts";
import { costsTask } from "../wanted.ts";

export function tablePanel({ data }: Context): HTMLElement {
  return h(
    "section",
    { id: "tables", class: "panel", "aria-labelledby": "tables-title" },
    h("h2", { id: "tables-title" }, "One machine, several operating systems"),
    table(
      "Operating-system models",
      ["model", "the lecture's name", "in the real world"],
      data.backends.map(({ title, lectureName, summary }) => [title, lectureName, summary]),
    ),
    ...data.tables.map(({ title, head, rows }) =>
      table(title, head, rows, (column) => /^[\d.–-]+$/.test(rows[0]?.[column] ?? "")),
    ),
    h("p", { class: "pale" }, `Not modelled yet: ${data.notModelled}`),
  );
}

export function costsPanel(ctx: Context): HTMLElement {
  const { data, state, set } = ctx;
  const answer = ctx.answer(costsTask(data, state));
  return h(
    "section",
    { id: "costs", class: "panel", "aria-labelledby": "costs-title" },
    h("h2", { id: "costs-title" }, "Every number of the model, and where it is from"),
    choice("machine", "machine", data.machines, data.machines.indexOf(state.machine), (index) =>
      set({ machine: data.machines[index] ?? state.machine }),
    ),
    answer?.kind === "costs"
      ? table(
          `Model numbers of ${state.machine}`,
          [
            "part",
            "number",
            "value",
            "unit",
            "charged to",
            "provenance",
            "range",
            "source",
            "meaning",
          ],
          answer.rows.map((row) => [
            row.part,
            row.path,
            String(row.value),
            row.unit,
            row.cause === "" ? "" : causeTitle(row.cause),
            row.provenance,
            row.range,
            row.source,
            row.meaning,
          ]),
          (column) => column === 2,
        )
      : h("p", {}, answer?.kind === "refused" ? answer.message : "collecting …"),
  );
}
