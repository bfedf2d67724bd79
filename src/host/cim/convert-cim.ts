/** A layer of a Windows container becomes a CIM. */
import { CimFile, CimOption } from "../../../assembly/abi.ts";
import { copierFor } from "../copier.ts";
import { drain } from "../drain.ts";
import { ErrorCode, ImageError, isError } from "../errors.ts";
import { writeAt } from "../image-file.ts";
import { Intake } from "../intake.ts";
import { digestsOf, startHashes } from "../layer-digests.ts";
import { asOperation } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { openSource, type Source } from "../source.ts";
import type { CimWriter } from "../windows.ts";
import { type CimLayerCore, startCimLayerCore } from "./cim-layer-core.ts";
import { type CimPlan, type ConvertCimOptions, cimPlanOf } from "./cim-options.ts";
import { type ConvertCimResult, describeCim } from "./cim-result.ts";
import { LayerDirectory } from "./layer-directory.ts";
import { LayerFiles } from "./layer-files.ts";
import { ParentFiles } from "./parent-files.ts";
import { CIM_FILES, PartialCim } from "./partial-cim.ts";
import type { Rewritten, rewrite } from "./rewrite.ts";

/**
 * Makes a CIM of `source` in `directory`, and reads it to its very end.
 *
 * `directory` is made if it is not there, and its parent is. The CIM and all of its files are there complete and synced, or none
 * of them is; nothing that stands there is replaced.
 *
 * @throws ImageError  AlreadyExists: there is a CIM of that name, or one of that GUID; Unavailable: the writer that was asked for
 *                     is not here. And nothing else, but for the reason of `options.signal`
 */
export async function convertCim(
  source: Source,
  directory: string | URL,
  options: ConvertCimOptions,
): Promise<ConvertCimResult> {
  return asOperation("cim", options.signal, () => makeCim(source, cimPlanOf(directory, options), () => {}));
}

/** @param accept  called when all was read, before anything has its name: what it throws, ends the conversion */
export async function makeCim(
  source: Source,
  plan: CimPlan,
  accept: (result: ConvertCimResult) => void,
): Promise<ConvertCimResult> {
  const { platform, signal } = plan;
  const writer = plan.writer === "cimfs" ? await systemWriter(platform) : undefined;
  const lockFile = await platform?.lockFile?.();
  const cim = await PartialCim.create(plan.directory, plan.name, { signal, lockFile });
  try {
    const parent = plan.parents[0] === undefined ? undefined : new ParentFiles(plan.parents[0]);
    try {
      const copyRange = parent && !plan.fork ? await platform?.copyRange() : undefined; // koffi takes its time to load
      const core = startCimLayerCore(new LayerFiles(cim.path, cim.files, parent, copyRange));
      const result = await convertInto(core, cim, source, parent, plan);
      accept(result);
      const rewritten = await commit(cim, core, parent, plan, writer);
      return rewritten === undefined ? result : { ...result, writer: plan.writer, ...rewritten };
    } finally {
      parent?.close();
    }
  } finally {
    cim.discard(); // no effect after commit
  }
}

async function convertInto(
  core: CimLayerCore,
  cim: PartialCim,
  source: Source,
  parent: ParentFiles | undefined,
  plan: CimPlan,
): Promise<ConvertCimResult> {
  const hashes = plan.digests ? startHashes() : undefined;
  const intake = new Intake(await openSource(source), hashes?.input, plan.signal, plan.onProgress);
  try {
    configure(core, parent, plan);
    const contents = { fd: cim.files.fd(CimFile.DataRegion) };
    const copier = plan.digests ? undefined : copierFor(core, intake, contents, plan.platform);
    const drained = await drain(intake, core, hashes?.layer, copier, plan);
    core.finish();
    while (core.step()) await intake.pause();
    intake.report();
    const digests = await digestsOf(hashes, drained.compression);
    return describeCim(core, cim.path, { ...drained, ...digests, inputSize: intake.size });
  } finally {
    await intake.close();
  }
}

function configure(core: CimLayerCore, parent: ParentFiles | undefined, { limits, ...plan }: CimPlan): void {
  core.set(CimOption.Version, plan.version === "1.0" ? 1 : 2);
  core.set(CimOption.Fork, plan.fork);
  core.set(CimOption.RequireHives, plan.requireHives);
  core.set(CimOption.MaxEntries, limits.entries);
  if (limits.pathLength > 0) core.set(CimOption.MaxPathLength, limits.pathLength);
  if (plan.guid) core.setBytes(CimOption.Guid, plan.guid);
  core.setBytes(CimOption.Name, Buffer.from(plan.name));
  try {
    if (parent) core.openParent(parent);
    core.open(); // reads all of it
  } catch (error) {
    throw parent && isUnreadable(error)
      ? new ImageError(error.code, `${plan.parents[0]}: ${error.message}`, error)
      : error;
  }
}

/** Said by the core, which does not know what its files are called. */
function isUnreadable(error: unknown): error is ImageError {
  return isError(error, ErrorCode.Corrupt) || isError(error, ErrorCode.Unsupported);
}

/** Files of the machine come first, so that whoever sees the CIM finds them. @returns what `writer` made, if there is one */
async function commit(
  cim: PartialCim,
  core: CimLayerCore,
  parent: ParentFiles | undefined,
  { layerDirectory, fork, parents, signal }: CimPlan,
  writer: CimWriter | undefined,
): Promise<Rewritten | undefined> {
  const beside = layerDirectory === undefined ? undefined : new LayerDirectory(layerDirectory);
  try {
    for (const { path, link, read } of beside ? core.hostFiles() : []) {
      if (link !== "") beside!.link(path, link);
      else await beside!.add(path, (fd) => writeAll(fd, read()));
    }
    parent?.close(); // all is read, and Windows removes no second name of a file that is open
    await cim.sync(new Map(CIM_FILES.map((file) => [file, core.sizeOf(file)])));
    const rewritten = writer && (await rewriteCim(cim, writer, fork ? parents[0] : undefined, signal));
    await beside?.commit();
    await cim.commit();
    return rewritten;
  } catch (error) {
    beside?.discard();
    throw error;
  }
}

const rewriteCim: typeof rewrite = async (...words) => (await import("./rewrite.ts")).rewrite(...words);

/** @throws ImageError  Unavailable */
async function systemWriter(platform: Platform | undefined): Promise<CimWriter> {
  const writer = await platform?.cimWriter?.();
  if (writer !== undefined) return writer;
  throw new ImageError(
    ErrorCode.Unavailable,
    "writer: cimfs needs Windows's cimfs.dll and the package koffi (npm install koffi); layerkiln writes CIMs anywhere",
  );
}

function writeAll(fd: number, pieces: Iterable<Uint8Array>): void {
  let at = 0;
  for (const bytes of pieces) {
    writeAt(fd, at, bytes);
    at += bytes.length;
  }
}
