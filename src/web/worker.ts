/** The simulator in a Web Worker: floors 0 to 7, unchanged; one task at a time. */
import { toNs } from "../base/units.ts";
import { UsageError } from "../base/usage-error.ts";
import { runClaim } from "../experiment/claim-run.ts";
import { parseClaim } from "../experiment/claim-spec.ts";
import { modelNumbers } from "../experiment/model-numbers.ts";
import { traceOperation } from "../experiment/request-trace.ts";
import type { RunResult } from "../experiment/result.ts";
import { runExperiment } from "../experiment/run.ts";
import { parseSpec } from "../experiment/spec.ts";
import { resultHash } from "../experiment/spec-hash.ts";
import { storyOf } from "../experiment/story.ts";
import { keepDatabaseImages } from "../experiment/workloads/database-images.ts";
import { findMachine } from "../hardware/machines/index.ts";
import { judgeClaim } from "../report/claim-verdict.ts";
import type { Answer, CostRow, Reply, Request, RunAnswer, Task } from "./protocol.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply): void;
}

const scope = globalThis as unknown as WorkerScope;

/** Turns of a knob begin with the same database. */
const IMAGE_BYTES = 134_217_728;
keepDatabaseImages(IMAGE_BYTES);

scope.onmessage = ({ data: { id, task } }) => scope.postMessage({ id, answer: answerTo(task) });

function answerTo(task: Task): Answer {
  try {
    switch (task.kind) {
      case "run":
        return runAnswer(runExperiment(parseSpec(task.input)));
      case "trace":
        return { kind: "trace", trace: traceOperation(parseSpec(task.input), task.begins) };
      case "story":
        return { kind: "story", story: storyOf(parseSpec(task.input)) };
      case "claim": {
        const claim = parseClaim(task.text, `claim ${task.id}`);
        return { kind: "claim", verdict: judgeClaim(claim, runClaim(claim)) };
      }
      case "costs":
        return { kind: "costs", rows: costRows(task.machine, task.backends) };
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "refused", message, isFault: !(error instanceof UsageError) };
  }
}

function runAnswer(result: RunResult): RunAnswer {
  const { specHash, seed, scale, clockGHz, operation, operations, metrics, warnings } = result;
  const perOperation = Object.entries(result.ledger.total).map(
    ([cause, ps]) => [cause, operations === 0 ? 0 : toNs(Number(ps)) / operations] as const,
  );
  return {
    kind: "run",
    specHash,
    resultHash: resultHash(result),
    seed,
    scale,
    clockGHz,
    operation,
    operations,
    metrics,
    intervals: result.intervals ?? [],
    nsPerOperation: Object.fromEntries(perOperation.filter(([, ns]) => ns > 0)),
    warnings,
  };
}

function costRows(machine: string, backends: readonly string[]): CostRow[] {
  return modelNumbers(findMachine(machine), backends).map(({ part, path, number, ...about }) => ({
    part,
    path,
    value: number.value,
    unit: number.atGHz === undefined ? number.unit : `${number.unit} at ${number.atGHz} GHz`,
    provenance: number.calibrated === true ? `${number.provenance}, calibrated` : number.provenance,
    range: number.provenance === "assumed" ? number.range.join(" … ") : "",
    source: number.source,
    cause: about.cause ?? "",
    meaning: about.meaning,
  }));
}
