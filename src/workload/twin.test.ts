import { describe, expect, it } from "vitest";
import { FULL_CUSTOMERS, FULL_ITEMS } from "./tpcc/scale.ts";
import {
  entriesTwin,
  recordsPerPage,
  type TpccTwin,
  type TpccTwinPlan,
  type TreeShape,
  tpccTwin,
  treeShape,
  twinPages,
} from "./twin.ts";

const TB = 1e12;

const tpcc = (plan: Partial<TpccTwinPlan>): TpccTwin =>
  tpccTwin({
    ...{ dataBytes: TB, pageBytes: 4_096, clients: 4, scale: 0, warehouses: 0, hasLocks: true },
    ...plan,
  });

describe("a twin of entries", () => {
  it("has the published number of entries when it is not scaled", () => {
    // 100 M entries are about 20 GB, 5 B about 1 TB.
    expect(Math.abs(entriesTwin(20e9, 4_096, 120, 1).count / 100e6 - 1)).toBeLessThan(0.1);
    expect(Math.abs(entriesTwin(TB, 4_096, 120, 0).nominalCount / 5e9 - 1)).toBeLessThan(0.1);
  });

  it("keeps the height of its tree, as far as time goes", () => {
    const height = (shape: TreeShape): number => shape.innerLevels + shape.missingLevels;
    const original = entriesTwin(TB, 4_096, 120, 1).shapes["entries"]!;
    expect(original.missingLevels).toBe(0);
    for (const scale of [0, 1e-5, 1e-4, 1e-3]) {
      const shape = entriesTwin(TB, 4_096, 120, scale).shapes["entries"]!;
      expect(height(shape)).toBe(original.innerLevels);
      expect(shape.missingLevels).toBeGreaterThan(0);
    }
    const smaller = entriesTwin(1e9, 4_096, 120, 0).shapes["entries"]!;
    expect(height(smaller)).toBe(original.innerLevels - 1);
  });

  it("gives the pool the same share of leaves, and every inner node", () => {
    const twin = entriesTwin(TB, 4_096, 120, 0);
    const { dataPages, poolPages } = twinPages(twin, 0.128);
    const { leafPages, innerPages } = twin.shapes["entries"]!;
    expect(dataPages).toBe(leafPages + innerPages);
    expect(Math.abs((poolPages - innerPages) / leafPages - 0.128)).toBeLessThan(0.001);
    expect(twinPages(twin, 1).poolPages).toBeGreaterThan(dataPages);
  });

  it("is built of at least one page", () => {
    expect(treeShape(4_096, 8, 120, 10, 1)).toMatchObject({ leafPages: 1, innerPages: 0 });
    expect(recordsPerPage(4_096, 8, 4_000, 0.69)).toBe(1);
  });
});

describe("a twin of TPC-C", () => {
  it("keeps two warehouses per client and shrinks their rows", () => {
    const twin = tpcc({ clients: 128 });
    expect(twin.nominalWarehouses).toBe(5_000);
    expect(twin.tpcc.warehouses).toBe(256);
    expect(twin.tpcc.items).toBeLessThan(FULL_ITEMS / 20);
    expect(twin.scale).toBeCloseTo((256 * 4 * 1_048_576) / TB, 4);
  });

  it("halves its rows, not its warehouses, with its scale", () => {
    const [whole, half] = [4e-4, 2e-4].map((scale) => tpcc({ clients: 64, scale }));
    expect(half!.tpcc.warehouses).toBe(whole!.tpcc.warehouses);
    expect(half!.tpcc.items / whole!.tpcc.items).toBeCloseTo(0.5, 2);
    for (const [name, { innerLevels, missingLevels }] of Object.entries(whole!.shapes)) {
      const other = half!.shapes[name]!;
      expect(other.innerLevels + other.missingLevels, name).toBe(innerLevels + missingLevels);
    }
  });

  it("has no more warehouses than the original, and its rows when it is not scaled", () => {
    const twin = tpcc({ dataBytes: 1e9, clients: 128, scale: 1 });
    expect(twin.tpcc).toEqual({
      warehouses: 5,
      items: FULL_ITEMS,
      customersPerDistrict: FULL_CUSTOMERS,
    });
    expect(twin.scale).toBe(1);
  });

  it("gives each warehouse and its districts a page of their own", () => {
    const { shapes } = tpcc({});
    expect(shapes["warehouse"]!.leafPages).toBe(8);
    expect(shapes["district"]!.leafPages).toBe(8);
    // A descent to them takes as long as in the original.
    const original = tpcc({ scale: 1 }).shapes;
    for (const [name, { innerLevels, missingLevels }] of Object.entries(shapes)) {
      expect(innerLevels + missingLevels, name).toBe(original[name]!.innerLevels);
    }
  });

  it("knows what the original's pages take, those above the leaves included", () => {
    const whole = tpcc({ dataBytes: 20e9, clients: 1, scale: 1 });
    expect(whole.originalBytes).toBe(twinPages(whole, 1).dataPages * 4_096);
    expect(tpcc({ dataBytes: 20e9, clients: 8 }).originalBytes).toBe(whole.originalBytes);
  });

  it("of few warehouses keeps their rows, and shrinks the table of items with their number", () => {
    const twin = tpcc({ dataBytes: 20e9, clients: 24, scale: 0.02, warehouses: 2 });
    const { shapes, scale } = twin;
    expect(twin.tpcc).toEqual({
      warehouses: 2,
      items: FULL_ITEMS,
      itemRows: FULL_ITEMS / 50,
      customersPerDistrict: FULL_CUSTOMERS,
    });
    expect(scale).toBeCloseTo(0.02, 5);
    const whole = tpcc({ dataBytes: 20e9, clients: 1, scale: 1 }).shapes;
    for (const name of ["stock", "item", "order-line"]) {
      expect(shapes[name]!.leafPages / whole[name]!.leafPages, name).toBeCloseTo(0.02, 3);
    }
  });

  it("without locks has four whole warehouses, or as many as its scale asks for", () => {
    for (const [scale, warehouses] of [
      [0, 4],
      [1e-3, 5],
    ] as const) {
      const twin = tpcc({ clients: 3_072, scale, hasLocks: false });
      expect(twin.tpcc).toMatchObject({
        warehouses,
        items: FULL_ITEMS,
        customersPerDistrict: FULL_CUSTOMERS,
      });
      expect(twin.scale).toBeCloseTo(warehouses / 5_000, 5);
    }
    expect(tpcc({ dataBytes: 2e8, hasLocks: false }).tpcc.warehouses).toBe(1);
  });

  it("gives each warehouse the memory that it has in the original, whatever its rows take", () => {
    for (const plan of [{ hasLocks: false }, { warehouses: 2 }]) {
      const twin = tpcc(plan);
      // Pages above the leaves count: on top of 4 MB they would be a fifth.
      for (const ramBytes of [128e9, 20e9]) {
        const { poolPages } = twinPages(twin, ramBytes / twin.originalBytes);
        const perWarehouse = (poolPages * 4_096) / twin.tpcc.warehouses;
        expect(perWarehouse / (ramBytes / twin.nominalWarehouses)).toBeCloseTo(1, 1);
      }
    }
  });
});
