/**
 * What is mounted on a directory, written down where any process finds it: in an alternate stream of the directory itself, before
 * the first step. While something is mounted there the directory, and with it the stream, is not seen. docs/decisions/0026.
 */
import { existsSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { toNamespacedPath } from "node:path";
import { ErrorCode, ImageError, isError, toImageError } from "../../host/errors.ts";
import { DeleteFileW } from "./kernel32-dll.ts";
import { assertDone } from "./last-error.ts";
import { parseJson } from "./parse-json.ts";

export type MountRecord = LayerRecord | CimRecord;

export interface LayerRecord {
  readonly type: "windows-layer";

  /** Directory of the layer that is active. */
  readonly layer: string;
}

export interface CimRecord {
  readonly type: "CimFS";

  /** Directory of the layer with the scratch disk; "" where there is none. */
  readonly layer: string;

  /** GUID of the volume that the CIM is mounted as. */
  readonly volume: string;
}

const STREAM = "layerkiln.mount";

/** containerd's, in what is mounted rather than under it: it has the layer's directory. Source: core/mount/mount_windows.go. */
const THEIRS = "containerd.io-source";

/**
 * @throws ImageError  FailedPrecondition: there is one already; NotFound: `target` is not there; Unsupported: nothing can be written
 *                     down there
 */
export async function writeRecord(target: string, record: MountRecord): Promise<void> {
  try {
    await writeFile(`${target}:${STREAM}`, JSON.stringify(record), { flag: "wx" });
  } catch (error) {
    const failure = toImageError(target, error);
    if (failure.code === ErrorCode.AlreadyExists) {
      const why = "something is mounted there, or was when a process came to its end; unmount it first";
      throw new ImageError(ErrorCode.FailedPrecondition, `${target}: ${why}`);
    }
    if (failure.code === ErrorCode.NotFound && existsSync(target)) {
      const why = "its filesystem has no alternate streams; choose a directory on NTFS";
      throw new ImageError(ErrorCode.Unsupported, `${target}: ${why}`);
    }
    throw failure;
  }
}

/**
 * One that was not written to its end goes: it is written before the first step, so nothing was done.
 *
 * @throws ImageError  Corrupt: it is not ours, or a later version's
 */
export async function readRecord(target: string): Promise<MountRecord | undefined> {
  const text = await read(`${target}:${STREAM}`);
  if (text === undefined) return undefined;
  const json = parseJson(text);
  if (json === undefined) {
    removeRecord(target);
    return undefined;
  }
  const record = recordOf(json);
  if (record !== undefined) return record;
  throw new ImageError(ErrorCode.Corrupt, `${target}:${STREAM}: is no record of a mount: ${JSON.stringify(text)}`);
}

/** Node takes the stream of a directory for a directory, which it does not unlink. What it wrote may have a longer path than 260. */
export function removeRecord(target: string): void {
  assertDone(`${target}:${STREAM}`, DeleteFileW(toNamespacedPath(`${target}:${STREAM}`)));
}

/**
 * Of what containerd mounted there, while it is seen. It is in the container, whose programs can write it too: what cannot be a
 * layer's directory is none, so that nobody in there keeps it from being unmounted.
 */
export async function containerdRecord(target: string): Promise<MountRecord | undefined> {
  const layer = (await read(`${target}:${THEIRS}`)) ?? "";
  return isPath(layer) ? { type: "windows-layer", layer } : undefined;
}

/** On a drive or another machine. */
const isPath = (text: string): boolean =>
  /^([a-z]:|\\)\\/i.test(text) && text.length <= LONGEST_PATH && !text.includes("\0");

const LONGEST_PATH = 32_767;

/** Bytes. Records are not longer: two paths in JSON. */
const MOST_BYTES = 2 ** 18;

/** @returns not more than the beginning, of a file that is too long */
async function read(path: string): Promise<string | undefined> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    const failure = toImageError(path, error);
    if (isError(failure, ErrorCode.NotFound)) return undefined;
    throw failure;
  }
}

function recordOf(json: unknown): MountRecord | undefined {
  const { type, layer, volume } = (json ?? {}) as Record<string, unknown>;
  if (typeof layer !== "string") return undefined;
  if (type === "windows-layer") return { type, layer };
  return type === "CimFS" && typeof volume === "string" ? { type, layer, volume } : undefined;
}
