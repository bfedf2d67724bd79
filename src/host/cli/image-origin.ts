/** Where `dmverity-vhd` has container images from: an archive, docker, or a registry. */
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { saveFromDocker } from "../docker/docker-daemon.ts";
import { ErrorCode, isError, toImageError } from "../errors.ts";
import type { ContainerImage } from "../oci/container-image.ts";
import { openContainerImage } from "../oci/open-container-image.ts";
import type { Credentials } from "../registry/credentials.ts";
import { pullImage } from "../registry/pull.ts";

export interface ImageOrigin {
  /** Its name. */
  readonly image: string;

  /** A path: the archive that it is in. */
  readonly tarball?: string;
  readonly docker?: boolean;

  /** Of several; what there is but one of is taken whatever it is for, unless this is given. */
  readonly platform?: string;
  readonly credentials?: Credentials;
}

/** As the program that we stand in for. */
const DEFAULT_PLATFORM = "linux/amd64";

/** Has `work` use the image. What was fetched for it is gone when it ends. */
export async function withImageFrom<T>(
  origin: ImageOrigin,
  signal: AbortSignal,
  work: (image: ContainerImage) => Promise<T>,
): Promise<T> {
  if (origin.tarball !== undefined) return work(await openArchive(origin.tarball, origin, signal));
  const folder = mkdtempSync(join(tmpdir(), "dmverity-vhd-"));
  try {
    return await work(await fetchInto(folder, origin, signal));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fetchInto(folder: string, origin: ImageOrigin, signal: AbortSignal): Promise<ContainerImage> {
  const { image, docker, platform = DEFAULT_PLATFORM, credentials } = origin;
  if (docker) {
    const archive = join(folder, "image.tar");
    await pipeline(await saveFromDocker(image, { signal }), createWriteStream(archive), { signal }).catch((error) => {
      throw signal.aborted ? signal.reason : toImageError("docker", error);
    });
    return openArchive(archive, origin, signal);
  }
  await pullImage(image, folder, { platform, signal, ...(credentials && { credentials }) });
  return openContainerImage(folder, { platform, signal });
}

/** The name says which image is meant where there are several. */
async function openArchive(
  path: string,
  { image, platform }: ImageOrigin,
  signal: AbortSignal,
): Promise<ContainerImage> {
  const open = async (choice: { platform?: string; reference?: string }) => {
    if (platform !== undefined) return openContainerImage(path, { ...choice, platform, signal });
    try {
      return await openContainerImage(path, { ...choice, platform: DEFAULT_PLATFORM, signal });
    } catch (error) {
      if (!isError(error, ErrorCode.NotFound)) throw error;
      return openContainerImage(path, { ...choice, signal });
    }
  };
  try {
    return await open({});
  } catch (error) {
    if (!isError(error, ErrorCode.InvalidArgument)) throw error;
    return open({ reference: image });
  }
}
