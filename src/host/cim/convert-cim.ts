/** A layer of a Windows container becomes a CIM. */
import { CimFile } from "../../../assembly/abi.ts";
import { copierFor } from "../copier.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { writeAt } from "../image-file.ts";
import type { Intake } from "../intake.ts";
import { asOperation } from "../operation.ts";
import type { Platform } from "../platform.ts";
import { openSource, type Source } from "../source.ts";
import type { CimWriter } from "../windows.ts";
import { CIM_FILES } from "./cim-header.ts";
import { type CimLayerCore, startCimLayerCore } from "./cim-layer-core.ts";
import type { ConvertCimResult } from "./cim-result.ts";
import { type ConvertCimOptions, type ConvertCimPlan, convertCimPlanOf } from "./convert-cim-options.ts";
import { fillCim } from "./fill-cim.ts";
import { LayerDirectory } from "./layer-directory.ts";
import { LayerFiles } from "./layer-files.ts";
import { ParentFiles } from "./parent-files.ts";
import { PartialCim } from "./partial-cim.ts";
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
  return asOperation("cim", options.signal, () => makeCim(source, convertCimPlanOf(directory, options), () => {}));
}

/** @param accept  called when all was read, before anything has its name: what it throws, ends the conversion */
export async function makeCim(
  source: Source,
  plan: ConvertCimPlan,
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
      const contents = { fd: cim.files.fd(CimFile.DataRegion) };
      const copierOf = (intake: Intake) => copierFor(core, intake, contents, platform);
      const made = await fillCim(core, () => openSource(source), parent, plan, plan.digests ? undefined : copierOf);
      const result = { ...made, cim: cim.path };
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

/** Files of the machine come first, so that whoever sees the CIM finds them. @returns what `writer` made, if there is one */
async function commit(
  cim: PartialCim,
  core: CimLayerCore,
  parent: ParentFiles | undefined,
  { layerDirectory, fork, parents, signal }: ConvertCimPlan,
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
