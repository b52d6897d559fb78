/**
 * Runs of tests share the databases that they begin with, as those of one command do: loading one
 * is half of most runs of the engine. Claims need the most, up to 0.8 GiB.
 *
 * Run before every test file: some files end by keeping none.
 */
import { keepDatabaseImages } from "../experiment/workloads/database-images.ts";

keepDatabaseImages(1_073_741_824);
