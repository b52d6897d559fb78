/** Every kind of workload, as code. To add one: its file, its line here and in `schema.ts`. */
import type { CostTable } from "../../base/sourced.ts";
import type { WorkloadKind } from "../workload-kind.ts";
import { crash } from "./crash.ts";
import { durability } from "./durability.ts";
import { engine } from "./engine.ts";
import { fileAccess } from "./file-access.ts";
import { rawIo } from "./raw-io.ts";
import { readError } from "./read-error.ts";
import { sched } from "./sched.ts";
import type { WorkloadSpec } from "./schema.ts";
import { vm } from "./vm.ts";

type Kinds = {
  readonly [Id in WorkloadSpec["kind"]]: WorkloadKind<Extract<WorkloadSpec, { kind: Id }>>;
};

const KINDS: Kinds = {
  "raw-io": rawIo,
  sched,
  vm,
  durability,
  "file-access": fileAccess,
  engine,
  crash,
  "read-error": readError,
};

/** Every kind's name and what it does. */
export const workloadKinds = (): readonly Pick<WorkloadKind, "id" | "title">[] =>
  Object.values(KINDS).map(({ id, title }) => ({ id, title }));

/** Costs that workloads themselves charge. */
export const WORKLOAD_COSTS: CostTable = Object.assign(
  {},
  ...Object.values(KINDS).map(({ costs }) => costs),
);

/** The code for a workload; a kind takes only specs of its own kind. */
export function kindOf(workload: WorkloadSpec): WorkloadKind {
  // The table's type says that each kind stands under its own name.
  return KINDS[workload.kind] as unknown as WorkloadKind;
}
