/** A layer that is open becomes an image. */
import { Profile as CoreProfile, Format, Option, Result, Whiteouts } from "../../assembly/abi.ts";
import type { Compression } from "./compression.ts";
import { containerNumber } from "./container.ts";
import { type Core, startCore } from "./core.ts";
import { type Copier, type Drained, drain } from "./drain.ts";
import { configureFilesystem } from "./empty-filesystem.ts";
import { hexOf } from "./hex.ts";
import { type ImageSink, writeTo } from "./image-sink.ts";
import type { Input } from "./input.ts";
import { Intake } from "./intake.ts";
import { LayerCheck } from "./layer-check.ts";
import type { LayerDigests } from "./layer-digests.ts";
import type { Plan, Profile } from "./options.ts";

export interface ConvertResult {
  /** Bytes of the image, with all that follows the filesystem. */
  readonly size: number;

  /** Absent when the source was an image already. */
  readonly profile?: Profile;

  /** Entries of the layer. */
  readonly entries: number;

  /** Those with a whiteout's name, converted or not. */
  readonly whiteouts: number;

  /** Digest of the uncompressed layer, as an image's configuration lists it: `sha256:…`. */
  readonly diffId?: string;

  /** Bytes of the uncompressed layer. */
  readonly diffSize: number;

  /** The source as it came. */
  readonly input: { readonly digest?: string; readonly size: number };

  readonly compression: Compression;

  /** Of the dm-verity tree, in hex. */
  readonly rootHash?: string;

  /** Byte of the image where the dm-verity superblock stands. */
  readonly hashOffset?: number;
}

/**
 * Makes an image of what `open` gives, and reads it to its very end.
 *
 * @param copierOf  for bytes that need not be seen by us, where they may reach the image in a better way
 */
export async function convertInput(
  open: () => Promise<Input>,
  sink: ImageSink,
  plan: Plan,
  copierOf?: (core: Core, intake: Intake) => Copier | undefined,
): Promise<ConvertResult> {
  const check = plan.digests || plan.expected ? new LayerCheck(plan.expected ?? {}, plan.digests) : undefined;
  const paced = [sink, ...(check ? [check] : [])];
  const intake = new Intake(await open(), check?.input, plan.signal, plan.onProgress, paced);
  try {
    const core = await startCore((at, bytes) => writeTo(sink, at, bytes));
    configure(core, plan);
    core.open(plan.raw ? Format.Raw : Format.Ext4);
    const drained = await drain(intake, core, check?.layer, check ? undefined : copierOf?.(core, intake), plan);
    const digests = (await check?.compare(drained.compression)) ?? {};
    core.finish();
    intake.report();
    return describe(core, intake, drained, digests, plan);
  } finally {
    await intake.close();
  }
}

/** Sets what is asked of the image. */
export function configure(core: Core, { limits, filesystem, ...plan }: Plan): void {
  core.set(Option.Profile, plan.profile === "modern" ? CoreProfile.Modern : CoreProfile.Hcsshim);
  core.set(Option.Whiteouts, plan.whiteouts === "overlay" ? Whiteouts.Overlay : Whiteouts.Keep);
  core.set(Option.Inline, plan.inline);
  core.set(Option.ConvertSlash, plan.convertSlash);
  core.set(Option.MaxSize, plan.maxSize);
  core.set(Option.Verity, plan.verity);
  core.set(Option.Container, containerNumber(plan.container));
  core.set(Option.ContainerBlockSize, plan.containerBlockSize);
  core.set(Option.MaxEntries, limits.entries);
  if (limits.pathLength > 0) core.set(Option.MaxPathLength, limits.pathLength);
  if (filesystem) configureFilesystem(core, filesystem);
}

function describe(
  core: Core,
  intake: Intake,
  { compression, diffSize }: Drained,
  { digest, diffId }: LayerDigests,
  plan: Plan,
): ConvertResult {
  const rootHash = core.rootHash();
  return {
    size: core.result(Result.Size),
    ...(!plan.raw && { profile: plan.profile }),
    entries: core.result(Result.Entries),
    whiteouts: core.result(Result.Whiteouts),
    ...(diffId && { diffId }),
    diffSize,
    input: { ...(digest && { digest }), size: intake.size },
    compression,
    ...(rootHash && {
      rootHash: hexOf(rootHash),
      hashOffset: core.result(Result.FilesystemSize),
    }),
  };
}
