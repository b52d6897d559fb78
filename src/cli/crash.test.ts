import { describe, expect, it } from "vitest";
import { kerneltax } from "../testing/captured-terminal.ts";

const FEW = ["--states", "30"] as const;

interface Printed {
  readonly command: string;
  readonly spec: Record<string, unknown>;
  readonly distinct: number;
  readonly coverage: Record<string, number>;
  readonly violations: readonly { readonly state: string; readonly message: string }[];
}

async function crash(...args: readonly string[]): Promise<{ code: number; printed: Printed }> {
  const { code, out, err } = await kerneltax("crash", "--output-format=json", ...args);
  expect(err).toBe("");
  return { code, printed: JSON.parse(out) as Printed };
}

describe("kerneltax crash", () => {
  it("says what it has visited, what happened there, and that nothing is lost", async () => {
    const { code, out, err } = await kerneltax("crash", ...FEW, "--seed", "3");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^crash: keys on null, 2 drives, seed 3\n/);
    expect(out).toMatch(/\n {2}30 distinct states at \d+ positions of 1 run with \d+ commits/);
    expect(out).toContain("nothing acknowledged is lost");
    expect(out).toMatch(/│ recoveries +│ +30 │/);
    expect(out).toMatch(/│ checkpoints +│ +[1-9]/);
  });

  it("prints the same as JSON, the same bytes for the same seed", async () => {
    const first = await crash(...FEW, "--buffer=swizzling", "--seed=4");
    expect(first.code).toBe(0);
    expect(first.printed).toMatchObject({
      command: "crash",
      spec: { buffer: "swizzling", seed: 4, states: 30, fault: "none" },
      distinct: 30,
      violations: [],
    });
    expect(await crash(...FEW, "--buffer=swizzling", "--seed=4")).toEqual(first);
    expect(await crash(...FEW, "--buffer=swizzling", "--seed=5")).not.toEqual(first);
  });

  it("ends with 1 when something is lost, and leads back to it", async () => {
    const unsafe = ["--page-images=off", "--seed=1"];
    const { code, printed } = await crash(...unsafe, "--states=600");
    expect(code).toBe(1);
    const [violation] = printed.violations;
    const again = await crash(...unsafe, `--replay=${violation!.state}`);
    expect(again.code).toBe(1);
    expect(again.printed.violations).toContainEqual(violation);
    const safe = await kerneltax("crash", "--seed=1", `--replay=${violation!.state}`);
    expect(safe.code).toBe(0);
    expect(safe.out).toContain(`replay of ${violation!.state}`);
  });

  it("does not call safe what no fault has hit", async () => {
    const mapped = ["--backend=mmap", "--update-protocol=shadow-paging"];
    const { code, out } = await kerneltax("crash", ...FEW, ...mapped, "--fault=latent");
    expect(out).toContain("0 distinct states at 0 positions");
    expect(out).toContain("NOTHING PROVED");
    // Shadow paging has no log that pages could have images in.
    expect(out).toContain("pages of 4096 bytes without a log;");
    expect(out).not.toContain("nothing acknowledged is lost");
    expect(code).toBe(1);
  });

  it("does not call safe what drives that lie have not hurt yet", async () => {
    const { out } = await kerneltax("crash", "--states=10", "--fault=misdirected");
    expect(out).toContain("10 distinct states");
    expect(out).toContain("NOTHING PROVED: nothing was lost in these states");
    expect(out).not.toContain("nothing acknowledged is lost");
  });

  it.each(["linux", "bypass"])("runs on %s", async (backend) => {
    const { code, printed } = await crash("--states=10", `--backend=${backend}`);
    expect([code, printed.distinct, printed.violations]).toEqual([0, 10, []]);
  });

  it("explores all safe configurations together, each with states of its own", async () => {
    const { code, printed } = await crash("--safe", "--states=18", "--seed=2");
    const { configurations } = printed as unknown as {
      configurations: readonly (Printed & { readonly title: string })[];
    };
    expect(code).toBe(0);
    const faults = new Set(configurations.map(({ spec }) => spec["fault"]));
    expect([...faults]).toEqual(["none", "latent", "transient", "write", "flush", "vanish"]);
    const failing = configurations.filter(
      ({ spec }) => spec["backend"] === "mmap" && spec["fault"] !== "none",
    );
    expect(failing.map(({ spec }) => spec["updateProtocol"])).toEqual([
      "os-copy-on-write",
      "user-copy-on-write",
    ]);
    expect(configurations.filter(({ distinct }) => distinct === 0)).toEqual([]);
    expect(configurations.flatMap(({ violations }) => violations)).toEqual([]);
    const sum = configurations.reduce((total, { distinct }) => total + distinct, 0);
    // Databases that nobody has changed yet are the same under several of them, and count once.
    expect(printed.distinct).toBeLessThan(sum);
    expect(printed.distinct).toBeGreaterThan(sum / 2);
  });

  it.each([
    [["--safe", "--buffer=swizzling"], /--buffer: --safe chooses that itself/],
    [["--safe", "--replay=1.2.3"], /--replay: --safe chooses that itself/],
    [["--replay=0.300.1", "--states=9"], /--states: --replay goes to one state/],
    [["--replay=0.300.1", "--subsets=9"], /--subsets: --replay goes to one state/],
    [["--backend=windows"], /: --backend: "windows" is not allowed; choose one of: linux, /],
    [["--workload=chess"], /: --workload: "chess" is not allowed; choose one of: keys, tpcc$/m],
    [
      ["--seed=-1"],
      /--seed: "-1" is not allowed; give a whole number from 0 to 4503599627370495$/m,
    ],
    [["--states=0"], /--states: "0" is not allowed/],
    [["--subsets=65"], /--subsets: "65" is not allowed/],
    [["--page-bytes=5000"], /--page-bytes: 5000 is not allowed/],
    [["--replay=1.2"], /--replay: "1.2" is not allowed/],
    [["--replay=0.1.1"], /: --replay: "0\.1\.1" is not allowed; run 0 has positions \d+ to \d+/],
    [["--replay=0.99999.1"], /: --replay: "0\.99999\.1" is not allowed; run 0 has positions/],
    [["--replay=0.300.64"], /is not allowed; position 300 of run 0 has subsets 0 to 63/],
    [["--replay=0.300.1.9999.0"], /is not allowed; the recovery of 0\.300\.1 has positions 0 to/],
    [["--backend=mmap", "--buffer=vmcache"], /--buffer: "vmcache" is not allowed; "mmap" maps/],
    [["--ioengine=libaio"], /: --ioengine: backend "null" has no such option/],
    [["--backend=unikernel-port", "--ioengine=libaio"], /: --ioengine: .*choose one of: psync/],
    [["--drives=11"], /--drives: "11" is not allowed/],
    [
      ["--fault=earthquake"],
      /: --fault: "earthquake" is not allowed; choose one of: none, latent, /,
    ],
  ])("refuses %s", async (args, message) => {
    const { code, out, err } = await kerneltax("crash", ...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });
});
