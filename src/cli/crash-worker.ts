/** One part of a crash campaign: what of it runs in a worker thread. */
import { type CampaignPart, explorePart, type PartResult } from "../experiment/crash/campaign.ts";

export function runPart(part: CampaignPart): PartResult {
  return explorePart(part);
}
