/** A layer becomes an image. */
import { type ConvertResult, convertInput } from "./conversion.ts";
import { copierFor } from "./copier.ts";
import { ImageFile } from "./image-file.ts";
import { asOperation } from "./operation.ts";
import { type ConversionOptions, planOf } from "./options.ts";
import type { Platform } from "./platform.ts";
import { openSource, type Source } from "./source.ts";
import { intoTarget, type Target } from "./target.ts";

export interface ConvertOptions extends ConversionOptions {
  /** What the operating system can do beyond Node's own calls. Default: nothing; all works without, some of it slower. */
  platform?: Platform;
}

/**
 * Makes an image from `source`, and reads it to its very end.
 *
 * A `target` that is a path is complete and synced, or untouched: until then the image has another name.
 *
 * @throws ImageError  and nothing else, but for the reason of `options.signal`
 */
export async function convert(source: Source, target: Target, options: ConvertOptions = {}): Promise<ConvertResult> {
  return asOperation("convert", options.signal, async () => {
    const plan = planOf(options);
    return intoTarget(target, plan.signal, (sink) =>
      convertInput(
        () => openSource(source),
        sink,
        plan,
        sink instanceof ImageFile ? (core, intake) => copierFor(core, intake, sink, options.platform) : undefined,
      ),
    );
  });
}
