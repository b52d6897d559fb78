/** The null system has no costs. */
import type { BackendCosts, CostMeanings } from "../model.ts";

export const costs: BackendCosts = {};
export const costMeanings: CostMeanings = {};
