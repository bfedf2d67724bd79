/** A layer of a Windows container is read to its very end, and becomes the files of a CIM, wherever these are. */
import { CimOption } from "../../../assembly/abi.ts";
import { utf8Of } from "../bytes.ts";
import { type Copier, drain } from "../drain.ts";
import { ErrorCode, ImageError, isError } from "../errors.ts";
import type { Input } from "../input.ts";
import { Intake } from "../intake.ts";
import { digestsOf, startHashes } from "../layer-digests.ts";
import type { CimLayerCore, OpenRegions } from "./cim-layer-core.ts";
import type { CimPlan } from "./cim-options.ts";
import { type ConvertCimResult, describeCim } from "./cim-result.ts";

/** The CIM of the layer below. */
export interface CimParent extends OpenRegions {
  /** For people. */
  readonly name: string;
}

/**
 * What is left to do then is to give the files their sizes and names, and to read what the core has of files beside them.
 *
 * @param core       that writes into the files
 * @param open       opens the layer; closed here, whatever happens
 * @param parent     the layer below, in the files that the core reads
 * @param copierOf  gives what may bring content into the data region without its being read
 * @returns what the core and the layer say; the CIM goes by its name
 * @throws ImageError  or the reason of the plan's signal
 */
export async function fillCim(
  core: CimLayerCore,
  open: () => Promise<Input>,
  parent: CimParent | undefined,
  plan: CimPlan,
  copierOf?: (intake: Intake) => Copier | undefined,
): Promise<ConvertCimResult> {
  const hashes = plan.digests ? startHashes() : undefined;
  const paced = hashes ? [hashes.input, hashes.layer] : [];
  const intake = new Intake(await open(), hashes?.input, plan.signal, plan.onProgress, paced);
  try {
    configure(core, parent, plan);
    const drained = await drain(intake, core, hashes?.layer, copierOf?.(intake), plan);
    core.finish();
    while (core.step()) await intake.pause();
    intake.report();
    const digests = await digestsOf(hashes, drained.compression);
    return describeCim(core, plan.name, { ...drained, ...digests, inputSize: intake.size });
  } finally {
    await intake.close();
  }
}

function configure(core: CimLayerCore, parent: CimParent | undefined, { limits, ...plan }: CimPlan): void {
  core.set(CimOption.Version, plan.version === "1.0" ? 1 : 2);
  core.set(CimOption.Fork, plan.fork);
  core.set(CimOption.RequireHives, plan.requireHives);
  core.set(CimOption.MaxEntries, limits.entries);
  if (limits.pathLength > 0) core.set(CimOption.MaxPathLength, limits.pathLength);
  if (plan.guid) core.setBytes(CimOption.Guid, plan.guid);
  core.setBytes(CimOption.Name, utf8Of(plan.name));
  try {
    if (parent) core.openParent(parent);
    core.open(); // reads all of it
  } catch (error) {
    throw parent && isUnreadable(error) ? new ImageError(error.code, `${parent.name}: ${error.message}`, error) : error;
  }
}

/** Said by the core, which does not know what its files are called. */
function isUnreadable(error: unknown): error is ImageError {
  return isError(error, ErrorCode.Corrupt) || isError(error, ErrorCode.Unsupported);
}
