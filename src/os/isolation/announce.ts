/**
 * Tells a drive of the commands that have been written to one of its queue pairs.
 *
 * Where the host emulates the drive (virtio), the queue pair is a virtqueue and its doorbell is the
 * host's: writing it leaves the guest. That is done by whoever has put the commands there, on its
 * own core, once for all of them, and once more for each further drive, which has queues of its
 * own. [linux-5.x drivers/block/virtio_blk.c virtio_queue_rq: bd->last, virtio_commit_rqs;
 * drivers/virtio/virtio_ring.c virtqueue_notify]
 */
import type { Core } from "../../hardware/cpu/core.ts";
import { CAUSE } from "../../hardware/cpu/ledger.ts";
import type { GuestTimes } from "../../hardware/guest.ts";
import type { QueuePair } from "../../hardware/nvme/queue-pair.ts";

/**
 * @param guest what `core` pays as a virtual one; undefined: it is none.
 * @param lagPs how long after the core's cursor this is done, where that has not come so far.
 */
export function announce(
  core: Core,
  queuePair: QueuePair,
  guest: GuestTimes | undefined,
  lagPs = 0,
): void {
  if (guest !== undefined) {
    const hostPs = guest.notifyPs + queuePair.unannounced * guest.commandPs;
    core.charge(CAUSE.hypervisor, hostPs);
  }
  queuePair.ringSubmissionDoorbell(core.cursorPs + lagPs);
}
