/**
 * The configurations under which nothing may be lost, to be explored together.
 *
 * Safe means: the drives keep what a flush has confirmed, and where they tear pages the log has
 * images. The drives of a configuration with a fault fail openly; none of them lies.
 */
import type { UpdateProtocolName } from "../../engine/buffer/mapped/update-protocol.ts";
import type { CampaignSpec } from "./campaign.ts";

/** One configuration, with its share of all states relative to the others. */
interface SafeConfiguration {
  readonly title: string;
  readonly share: number;
  readonly spec: Partial<CampaignSpec>;
}

/** Configurations have seeds of their own, so far apart: they are not to meet the same states. */
const SEEDS_APART = 1_000_000;

const IO_URING = { ioengine: "io_uring" } as const;

const mapped = (
  updateProtocol: UpdateProtocolName,
  fault: CampaignSpec["fault"] = "none",
): Partial<CampaignSpec> => ({ backend: "mmap", buffer: "mmap", updateProtocol, fault });

const CONFIGURATIONS: readonly SafeConfiguration[] = [
  { title: "hash table", share: 4, spec: {} },
  { title: "swizzling", share: 4, spec: { buffer: "swizzling" } },
  { title: "one drive", share: 2, spec: { drives: 1 } },
  { title: "four drives", share: 2, spec: { drives: 4, buffer: "swizzling" } },
  { title: "16 KiB pages", share: 2, spec: { pageBytes: 16_384 } },
  { title: "64 KiB pages", share: 1, spec: { pageBytes: 65_536, buffer: "swizzling" } },
  { title: "4 KiB atomic", share: 2, spec: { atomicBytes: 4_096 } },
  { title: "no page images", share: 2, spec: { atomicBytes: 4_096, pageImages: false } },
  { title: "linux", share: 2, spec: { backend: "linux" } },
  { title: "linux io_uring", share: 2, spec: { backend: "linux", options: IO_URING } },
  { title: "bypass", share: 2, spec: { backend: "bypass", buffer: "swizzling" } },
  { title: "madvise", share: 1, spec: { backend: "linux", buffer: "vmcache" } },
  { title: "exmap", share: 1, spec: { backend: "custom", buffer: "vmcache" } },
  { title: "unikernel", share: 1, spec: { backend: "unikernel", buffer: "vmcache" } },
  { title: "TPC-C", share: 2, spec: { workload: "tpcc" } },
  { title: "TPC-C swizzling", share: 2, spec: { workload: "tpcc", buffer: "swizzling" } },
  { title: "mapped, copies by the OS", share: 1, spec: mapped("os-copy-on-write") },
  { title: "mapped, own copies", share: 1, spec: mapped("user-copy-on-write") },
  { title: "mapped, shadow paging", share: 1, spec: mapped("shadow-paging") },
  { title: "latent error", share: 1, spec: { fault: "latent" } },
  { title: "transient error", share: 1, spec: { fault: "transient" } },
  { title: "failed write", share: 1, spec: { fault: "write" } },
  { title: "failed flush", share: 1, spec: { fault: "flush" } },
  { title: "drive vanishes", share: 1, spec: { fault: "vanish" } },
  { title: "OS copies, failed write", share: 1, spec: mapped("os-copy-on-write", "write") },
  { title: "own copies, failed flush", share: 1, spec: mapped("user-copy-on-write", "flush") },
];

export interface SafeCampaign {
  readonly title: string;
  readonly spec: CampaignSpec;
}

/** All safe configurations; together they have at least `states` states. */
export function safeCampaigns(states: number, subsets: number, seed: number): SafeCampaign[] {
  const shares = CONFIGURATIONS.reduce((sum, { share }) => sum + share, 0);
  return CONFIGURATIONS.map(({ title, share, spec }, index) => ({
    title,
    spec: {
      backend: "null",
      options: {},
      workload: "keys",
      buffer: "hash-table",
      updateProtocol: "in-place",
      pageBytes: 4_096,
      pageImages: true,
      drives: 2,
      atomicBytes: 512,
      fault: "none",
      subsets,
      seed: seed + index * SEEDS_APART,
      ...spec,
      states: Math.ceil((states * share) / shares),
    },
  }));
}
