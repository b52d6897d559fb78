/** Every kind of workload that a spec may hold, as data. To add one: its schema, its line. */
import * as z from "zod";
import { crashSchema } from "./crash-spec.ts";
import { durabilitySchema } from "./durability-spec.ts";
import { engineSchema } from "./engine-spec.ts";
import { fileAccessSchema } from "./file-access-spec.ts";
import { rawIoSchema } from "./raw-io-spec.ts";
import { readErrorSchema } from "./read-error-spec.ts";
import { schedSchema } from "./sched-spec.ts";
import { vmSchema } from "./vm-spec.ts";

export const workloadSchema = z.discriminatedUnion("kind", [
  rawIoSchema,
  schedSchema,
  vmSchema,
  durabilitySchema,
  fileAccessSchema,
  engineSchema,
  crashSchema,
  readErrorSchema,
]);

export type WorkloadSpec = z.output<typeof workloadSchema>;
