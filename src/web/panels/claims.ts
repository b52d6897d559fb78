/** The lecture's sentences about a chapter: verdicts, and the mechanism switched off. */
import type { Chapter } from "../../experiment/chapter-format.ts";
import type { ClaimVerdict } from "../../report/claim-verdict.ts";
import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import type { PageClaim } from "../page-data.ts";

export function claimsPanel(ctx: Context, chapter: Chapter): HTMLElement {
  const all = ctx.data.claims.filter(({ id }) => chapter.claims.includes(id));
  const { presenting, claim: shown } = ctx.state;
  // A slide has room for one.
  const claims = presenting ? all.slice(shown, shown + 1) : all;
  const place = presenting ? `: ${shown + 1} of ${all.length}` : "";
  return h(
    "section",
    { id: "claims", class: "panel", "aria-labelledby": "claims-title" },
    h("h2", { id: "claims-title" }, `What the lecture says, run${place}`),
    ...claims.map((claim) => claimCard(ctx, claim)),
  );
}

/** Answers to the claims of a chapter; a change means that they must be drawn again. */
export const judgedClaims = (ctx: Context, chapter: Chapter): number =>
  ctx.data.claims.filter((claim) => chapter.claims.includes(claim.id) && verdictOf(ctx, claim))
    .length;

function verdictOf(ctx: Context, { id, text }: PageClaim): ClaimVerdict | string | undefined {
  const answer = ctx.answer({ kind: "claim", id, text });
  if (answer?.kind === "claim") return answer.verdict;
  return answer?.kind === "refused" ? answer.message : undefined;
}

function claimCard(ctx: Context, claim: PageClaim): HTMLElement {
  const { id, statement, missing } = claim;
  const verdict = verdictOf(ctx, claim);
  const isWithout = ctx.state.without.includes(id);
  const known = typeof verdict === "object" ? verdict : undefined;
  const word =
    missing !== undefined
      ? "not modelled yet"
      : known
        ? isWithout
          ? `without it: ${known.counterfactual?.flipped ? "no longer true" : "still true"}`
          : known.verdict
        : (verdict ?? "being run …");
  const tone = isWithout ? "without" : (known?.verdict ?? "open");
  return h(
    "article",
    { class: `claim ${String(tone).replaceAll(" ", "-")}`, id: `claim-${id}` },
    h("h3", {}, `${id} ${statement}`),
    h("p", { class: "verdict" }, String(word)),
    missing !== undefined && h("p", { class: "pale" }, `It needs ${missing}.`),
    known && details(ctx, known, isWithout),
  );
}

function details(ctx: Context, verdict: ClaimVerdict, isWithout: boolean): HTMLElement {
  const { id, checks, counterfactual, notCovered } = verdict;
  const shown = isWithout && counterfactual ? counterfactual.details : checks;
  const { without } = ctx.state;
  const toggle = (): void =>
    ctx.set({ without: isWithout ? without.filter((other) => other !== id) : [...without, id] });
  return h(
    "div",
    {},
    counterfactual &&
      h(
        "label",
        { class: "switch control" },
        h("input", { id: `without-${id}`, type: "checkbox", checked: isWithout, onchange: toggle }),
        ` switch the mechanism off: ${counterfactual.text}`,
      ),
    h(
      "ul",
      {},
      ...shown.map(({ text, holds, detail }) =>
        h("li", {}, `${holds ? "✓" : "✗"} ${text}`, h("span", { class: "pale" }, ` (${detail})`)),
      ),
    ),
    notCovered !== undefined && h("p", { class: "pale" }, `Not covered: ${notCovered}`),
  );
}
