/** CIMs, as a worker makes them: with the very code of Node, in files of the page's own until all is there. */
import { startCimLayerCore } from "../../cim/cim-layer-core.ts";
import { type CimMember, membersOf } from "../../cim/cim-members.ts";
import type { ConvertCimResult } from "../../cim/cim-result.ts";
import { cimTar } from "../../cim/cim-tar.ts";
import { fillCim } from "../../cim/fill-cim.ts";
import { ParentRegions } from "../../cim/parent-regions.ts";
import { type ImageSink, writeTo } from "../../image-sink.ts";
import { intakeByPosition } from "../../intake.ts";
import { asOperation } from "../../operation.ts";
import { nameOf } from "../blob-access.ts";
import type { CallContext } from "../calls.ts";
import { assertIsFree, type FillFile, giveFiles } from "../cim/cim-folder.ts";
import { type WebCimOptions, type WebCimPlan, webCimPlanOf } from "../cim/cim-options.ts";
import { ScratchCim } from "../cim/scratch-cim.ts";
import type { WebTarget, WithBlob } from "../conversions.ts";
import { intoWebTarget } from "../image-target.ts";
import { openSource } from "../layer-source.ts";
import { loadWasm } from "../wasm-files.ts";
import { asBlob, openWebImage, type WebCimParts } from "../web-image-source.ts";
import type { SentSource } from "../web-source.ts";
import type { Sent } from "./convert.ts";

export interface CimArgument {
  readonly source: SentSource;
  readonly target: FileSystemDirectoryHandle | WebTarget;
  readonly options: Sent<WebCimOptions>;
}

export async function convertCim(
  { source, target, options }: CimArgument,
  { signal, onProgress }: CallContext,
): Promise<ConvertCimResult & WithBlob> {
  return asOperation("cim", signal, async () => {
    const plan = webCimPlanOf({ ...options, signal, onProgress });
    await loadWasm("cim-layer.wasm");
    if (target instanceof FileSystemDirectoryHandle) return intoFolder(source, target, plan);
    const { result, blob } = await intoWebTarget(target, (sink) =>
      makeCim(source, plan, async (result, members) => ({ size: await pour(cimTar(members), sink, signal), result })),
    );
    return { ...result, ...(blob && { blob }) };
  });
}

async function intoFolder(
  source: SentSource,
  directory: FileSystemDirectoryHandle,
  plan: WebCimPlan,
): Promise<ConvertCimResult> {
  await assertIsFree(directory, plan.name);
  return makeCim(source, plan, async (result, members) => {
    const fill: FillFile = async (file, pieces) => {
      await intoWebTarget(file, async (sink) => ({ size: await pour(pieces, sink, plan.signal) }));
    };
    await giveFiles(directory, members, fill, plan.signal);
    return result;
  });
}

/** Makes the CIM, and hands its files to `give`; after that there are none. */
async function makeCim<T>(
  source: SentSource,
  plan: WebCimPlan,
  give: (result: ConvertCimResult, members: readonly CimMember[]) => Promise<T>,
): Promise<T> {
  const parent = plan.parent && (await openParent(plan.parent));
  try {
    const scratch = await ScratchCim.create(plan.name, parent);
    try {
      const core = startCimLayerCore(scratch);
      const result = await fillCim(core, () => openSource(source), parent, plan);
      const written = (file: number, size: number) => scratch.readAll(file, size);
      return await give(result, membersOf(core, result, written, plan.layerDirectory));
    } finally {
      await scratch.remove();
    }
  } finally {
    parent?.close();
  }
}

/** Writes `pieces` one behind the other. @returns bytes of all */
async function pour(pieces: Iterable<Uint8Array>, sink: ImageSink, signal: AbortSignal | undefined): Promise<number> {
  const intake = intakeByPosition(0, signal, undefined, [sink]);
  try {
    for (const bytes of pieces) {
      writeTo(sink, intake.size, bytes);
      await intake.pass(bytes.length);
    }
    return intake.size;
  } finally {
    await intake.close();
  }
}

async function openParent(parts: WebCimParts): Promise<ParentRegions> {
  return new ParentRegions(nameOf(await asBlob(parts.cim), "parent"), await openWebImage(parts));
}
