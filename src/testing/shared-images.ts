/**
 * Runs of one test file share the databases that they begin with, as those of one command do; half
 * of most runs of the engine is loading one.
 */
import { keepDatabaseImages } from "../experiment/workloads/database-images.ts";

keepDatabaseImages(1_073_741_824);
