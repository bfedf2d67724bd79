/** A layer, opened, is listed. */
import { Format, Option, Result } from "../../../assembly/abi.ts";
import { type Core, startCore } from "../core.ts";
import { drain } from "../drain.ts";
import type { Input } from "../input.ts";
import { Intake } from "../intake.ts";
import { LayerCheck } from "../layer-check.ts";
import { type ConversionOptions, planOf } from "../options.ts";
import { type LayerListing, listedNames } from "./listing.ts";

export interface ListLayerOptions extends Pick<ConversionOptions, "expected" | "limits" | "signal" | "onProgress"> {
  /** Whether the listing names the digests. Those that are expected are always computed, and compared. Default: false. */
  digests?: boolean;
}

/** To go on elsewhere in a file takes longer than to read a little. Bytes. */
const LEAST_PASSED = 256 * 1024;

/** Reads what `open` gives to its end, and closes it. @throws ImageError  as `listLayer` */
export async function listInput(open: () => Promise<Input>, options: ListLayerOptions): Promise<LayerListing> {
  const plan = planOf({ ...options, digests: options.digests ?? false });
  const check = new LayerCheck(plan.expected ?? {}, plan.digests);
  const intake = new Intake(await open(), check.input, plan.signal, plan.onProgress, [check]);
  try {
    const columns: Uint8Array[] = [];
    const core: Core = await startCore((_at, bytes) => columns.push(bytes.slice()));
    core.set(Option.MaxEntries, plan.limits.entries);
    if (plan.limits.pathLength > 0) core.set(Option.MaxPathLength, plan.limits.pathLength);
    core.open(Format.Listing);
    const passer = plan.digests || plan.expected ? undefined : { copy: async () => passOver(core, intake) };
    const { compression, diffSize } = await drain(intake, core, check.layer, passer, plan);
    const digests = await check.compare(compression);
    core.finish();
    intake.report();
    return {
      ...listedNames(columns),
      entries: core.result(Result.Entries),
      whiteouts: core.result(Result.Whiteouts),
      contentBytes: core.result(Result.ContentBytes),
      size: intake.size,
      diffSize,
      compression,
      ...digests,
    };
  } finally {
    await intake.close();
  }
}

/** Contents need not be read, where nobody asks for a digest of them. @returns how many bytes of the layer */
function passOver(core: Core, intake: Intake): number {
  const unwanted = core.unwanted();
  const passed = unwanted < LEAST_PASSED ? 0 : intake.skip(unwanted);
  if (passed > 0) core.passOver(passed);
  return passed;
}
