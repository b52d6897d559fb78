/**
 * Layers under the operating system: bare metal, container, virtual machine, both.
 *
 * A container is the same kernel with a filter in front of every system call. A virtual machine is
 * the same machine whose page walks have a second dimension, whose interrupts pass the host, and
 * whose idle cores halt; its drives are passed through, or emulated by the host (virtio).
 *
 * Law: with exits and the second dimension at no cost, a virtual machine is bare metal whose idle
 * cores wait in the same way.
 */
import type { CostTable } from "../../base/sourced.ts";
import type { HostMachine } from "../../hardware/host-machine.ts";
import type { CostMeanings } from "../model.ts";
import { containerCostMeanings, containerCosts, vmCostMeanings, vmCosts } from "./costs.ts";

/** What lies between the operating system and the machine, as a spec says it. */
export interface Isolation {
  readonly isolation: "bare" | "container" | "vm" | "vm+container";
  readonly virtualStorage: "passthrough" | "virtio";
  /** Whether memory that the guest releases goes back to the host: a second shootdown. */
  readonly returnsMemory: boolean;
}

export const hasVm = ({ isolation }: Isolation): boolean => isolation.startsWith("vm");
const hasContainer = ({ isolation }: Isolation): boolean => isolation.endsWith("container");

/** Costs that a run has because of its isolation. */
export function isolationCosts(isolation: Isolation): CostTable {
  return { ...(hasVm(isolation) && vmCosts), ...(hasContainer(isolation) && containerCosts) };
}

export const isolationCostMeanings: CostMeanings = { ...vmCostMeanings, ...containerCostMeanings };

/** The costs of software under `isolation`: a container filters whatever enters the kernel. */
export function isolatedCosts(
  isolation: Isolation,
  costs: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const filterPs = costs["container.systemCall"];
  const callPs = costs["kernel.systemCall"];
  if (!hasContainer(isolation) || filterPs === undefined || callPs === undefined) return costs;
  return { ...costs, "kernel.systemCall": callPs + filterPs };
}

/** The machine as the guest sees it. */
export function isolatedMachine(
  isolation: Isolation,
  machine: HostMachine,
  costs: Readonly<Record<string, number>>,
  nestedShare: number,
): HostMachine {
  if (!hasVm(isolation)) return machine;
  const exitPs = costs["vm.exit"]!;
  // One exit is out and in again; a core that halts is out between the two.
  const leavePs = Math.floor(exitPs / 2);
  const isEmulated = isolation.virtualStorage === "virtio";
  machine.mmu.nested = { share: nestedShare };
  return {
    ...machine,
    guest: {
      interruptPs: exitPs,
      interruptEndPs: exitPs,
      notifyPs: isEmulated ? exitPs : 0,
      commandPs: isEmulated ? costs["vm.virtioRequest"]! : 0,
      ipiSendPs: exitPs,
      timerPs: exitPs,
      ipiKickPs: costs["vm.kick"]!,
      ipiReceivePs: 2 * exitPs,
      memoryReturn: isolation.returnsMemory
        ? { askPs: exitPs, sendPs: costs["vm.hostFlush"]!, receivePs: exitPs }
        : undefined,
      halt: {
        leavePs,
        enterPs: exitPs - leavePs,
        resumePs: costs["vm.resume"]!,
        pollStartPs: costs["vm.haltPollStart"]!,
        pollMaxPs: costs["vm.haltPollMax"]!,
      },
    },
  };
}
