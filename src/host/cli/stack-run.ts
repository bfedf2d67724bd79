/** `layerkiln stack`: what it does. */
import { ErrorCode, ImageError } from "../errors.ts";
import type { LayerInput } from "../merging.ts";
import type { ContainerImage } from "../oci/container-image.ts";
import { asOperation } from "../operation.ts";
import { openSource, type Source } from "../source.ts";
import { sizeOf } from "../source-size.ts";
import { type LayerStack, stackOf } from "../stack/layer-stack.ts";
import { listInputs } from "../stack/list-layers.ts";
import type { LayerListing } from "../stack/listing.ts";
import { findChild } from "../stack/path-tree.ts";
import { wastedPaths } from "../stack/wasted-paths.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./exit.ts";
import { namedLayers, openNamedImage } from "./open-container-image.ts";
import { stdout } from "./output.ts";
import { Printer } from "./printer.ts";
import { withProgress } from "./progress-bar.ts";
import type { StackFlags } from "./stack.ts";
import { type Layer, stackJson, stackLines } from "./stack-text.ts";
import { standardInput } from "./stdin.ts";

export async function runStack(this: Context, flags: StackFlags, ...paths: string[]): Promise<void> {
  const { image, layers, stack } = await withProgress(flags.quiet, async (watched) => {
    const { image, layers, refused } = await open(paths, flags, watched.signal);
    const listings = await asOperation("stack", watched.signal, () => listInputs(layers, watched));
    const stack = stackOf(listings);
    if (refused && isContainerImage(stack)) throw refused;
    return { image, stack, layers: listings.map((listing, index) => describe(listing, index, paths, image)) };
  });
  const wasted = wastedPaths(stack.tree, flags.paths);
  if (flags.json) {
    stdout.write(`${JSON.stringify(stackJson(paths, image, layers, stack, wasted), null, 2)}\n`);
    return;
  }
  const printer = new Printer(stdout);
  for (const line of stackLines(layers, stack, wasted, printer)) printer.line(line);
  printer.flush();
}

interface Opened {
  readonly layers: LayerInput[];
  readonly image?: ContainerImage;
  /** What was said of the one path as a container image, if it was taken for a layer then. */
  readonly refused?: ImageError;
}

async function open(paths: readonly string[], flags: StackFlags, signal: AbortSignal): Promise<Opened> {
  const [path] = paths;
  if (paths.length === 1 && path !== undefined && path !== "-") {
    try {
      const image = await openNamedImage(path, flags, signal);
      return { image, layers: namedLayers(image).map(({ source, ...told }) => ({ ...told, ...reading(source) })) };
    } catch (error) {
      if (!isNoContainerImage(error, path) || isChosen(flags)) throw error;
      return { layers: [reading(path)], refused: error };
    }
  }
  if (isChosen(flags)) throw new UsageError("--platform and --reference choose among container images, not layers");
  if (paths.filter((each) => each === "-").length > 1) throw new UsageError("-: standard input can be one layer only");
  return { layers: paths.map((each) => ({ name: each, ...reading(each === "-" ? standardInput() : each) })) };
}

const isChosen = ({ platform, reference }: StackFlags): boolean => platform !== undefined || reference !== undefined;

const reading = (source: Source): LayerInput => ({ open: () => openSource(source), size: () => sizeOf(source) });

/** Whether `error` is of the file itself: what is wrong with a part of an image is said of that. */
function isNoContainerImage(error: unknown, path: string): error is ImageError {
  if (!(error instanceof ImageError)) return false;
  if (error.code === ErrorCode.Unsupported) return error.message.startsWith(`${path}: is `);
  // Files of a layer, where those of an image's archive are few.
  return error.code === ErrorCode.OutOfRange && error.message.startsWith(`${path}: has more `);
}

/** One that is compressed as a whole can be read as a layer only, and looks like one that has what containers images have. */
function isContainerImage({ tree }: LayerStack): boolean {
  return ["oci-layout", "manifest.json"].some((name) => findChild(tree, 0, Buffer.from(name)) !== undefined);
}

function describe(listing: LayerListing, index: number, paths: readonly string[], image?: ContainerImage): Layer {
  const { size, diffSize, compression } = listing;
  if (!image) return { name: paths[index]!, size, diffSize, compression };
  const { digest, diffId } = image.layers[index]!;
  const steps = image.config.history.filter((step) => !step.empty_layer);
  // A history that does not tell of all layers tells of none for certain.
  const createdBy = steps.length === image.layers.length ? steps[index]!.created_by : undefined;
  return {
    name: digest ?? diffId,
    ...(digest && { digest }),
    diffId,
    size,
    diffSize,
    compression,
    ...(createdBy && { createdBy }),
  };
}
