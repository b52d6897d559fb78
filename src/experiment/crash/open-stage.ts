/** Stages for whoever explores crashes outside a run; inside one, the run's site builds them. */
import { assembleSite, type ResolvedExperiment, resolveExperiment } from "../assemble.ts";
import { parseSpec } from "../spec.ts";
import { STAGE_WINDOW, type Stage, type StageSettings, stageInput } from "./stage.ts";

/** Looks the settings up. */
export const resolveStage = (settings: StageSettings): ResolvedExperiment =>
  resolveExperiment(parseSpec(stageInput(settings)));

/** A stage that can be set up any number of times. */
export function openStage(settings: StageSettings): Stage {
  const resolved = resolveStage(settings);
  return {
    driveCount: settings.drives,
    newSite: () => assembleSite(resolved, STAGE_WINDOW),
  };
}
