/** Where a worker thread of the pool begins: it runs many specs, one after the other. */
import { keepDatabaseImages } from "../experiment/workloads/database-images.ts";

export { runLongPoint, runPoint } from "./pool-worker.ts";

/** Of memory for loaded databases, in each of the few workers. */
const IMAGE_BYTES = 536_870_912;
keepDatabaseImages(IMAGE_BYTES);
