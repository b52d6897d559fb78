/** How a command ended, as the host's software tells it apart. */

/** [nvme2.0 Figure 89: Successful Completion] */
export const IO_OK = 0;
/** The data could not be read. [nvme2.0 Figure 92: Unrecovered Read Error] */
export const IO_MEDIA_ERROR = 1;
/** The data could not be written, or not be made durable. [nvme2.0 Figure 92: Write Fault] */
export const IO_WRITE_FAULT = 2;
/** The drive does not answer any more. [nvme2.0 Figure 93: Internal Path Error] */
export const IO_DEVICE_GONE = 3;

export type IoStatus =
  | typeof IO_OK
  | typeof IO_MEDIA_ERROR
  | typeof IO_WRITE_FAULT
  | typeof IO_DEVICE_GONE;

/** For messages. */
export const IO_STATUS_TEXT: readonly string[] = [
  "ok",
  "unrecovered read error",
  "write fault",
  "the drive is gone",
];
