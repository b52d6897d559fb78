import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "bench/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Workers of `tinypool` and `process.exitCode` need a process of their own.
    pool: "forks",
    // Files share a worker and what it has loaded; spies must not outlive their test.
    isolate: false,
    setupFiles: ["src/testing/shared-images.ts"],
    restoreMocks: true,
    // Unasked, Vitest leaves one core to whoever watches: on two cores that doubles the wait.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/testing/**"],
    },
  },
});
