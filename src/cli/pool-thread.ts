/** Where a worker thread of the pool begins: it runs many specs, one after the other. */
import { availableParallelism, totalmem } from "node:os";
import { keepDatabaseImages } from "../experiment/workloads/database-images.ts";

export { runLongPoint, runPoint } from "./pool-worker.ts";

/** For loaded databases all workers together take at most this share of the host's memory. */
const IMAGES_SHARE = 1 / 4;
/** More than that no worker needs: the largest twins of the figures take 1.6 GiB. */
const IMAGE_BYTES_MAX = 2_147_483_648;

keepDatabaseImages(Math.min(IMAGE_BYTES_MAX, (IMAGES_SHARE * totalmem()) / availableParallelism()));
