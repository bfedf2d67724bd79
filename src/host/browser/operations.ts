/** All that a worker can be asked for. A family of operations is loaded when one of it is first asked for. */
import type { OperationList } from "./answer-calls.ts";
import type { Operation } from "./calls.ts";

const conversion = () => import("./operations/convert.ts");
const exporting = () => import("./operations/export.ts");
const reading = () => import("./operations/read.ts");
const stacking = () => import("./operations/stack.ts");

export const OPERATIONS = {
  convert: async () => (await conversion()).convert,
  makeRootfs: async () => (await conversion()).makeRootfs,
  makeFilesystem: async () => (await conversion()).makeFilesystem,
  convertDisk: async () => (await conversion()).convertDisk,
  openImage: async () => (await reading()).openImage,
  askImage: async () => (await reading()).askImage,
  closeImage: async () => (await reading()).closeImage,
  explainDifference: async () => (await reading()).explainDifference,
  hashTree: async () => (await reading()).hashTree,
  verifyHashTree: async () => (await reading()).verifyHashTree,
  compareHashTrees: async () => (await reading()).compareHashTrees,
  openContainerImage: async () => (await reading()).openContainerImage,
  listContainerImages: async () => (await reading()).listContainerImages,
  convertCim: async () => (await import("./operations/cim.ts")).convertCim,
  checkImage: async () => (await exporting()).checkImage,
  exportImage: async () => (await exporting()).exportImage,
  listLayer: async () => (await stacking()).listLayer,
  stackLayers: async () => (await stacking()).stackLayers,
  fingerprint: async () => (await import("./operations/fingerprint.ts")).fingerprint,
} satisfies OperationList;

type Operations = { [Name in OperationName]: Awaited<ReturnType<(typeof OPERATIONS)[Name]>> };

export type OperationName = keyof typeof OPERATIONS;

/** What the operation takes. */
export type ArgumentOf<Name extends OperationName> = Parameters<Operations[Name]>[0];

/** What it gives. */
export type ResultOf<Name extends OperationName> =
  Operations[Name] extends Operation<never, infer Result> ? Result : never;
