/**
 * What an image says of itself: its platform, how it is run, what its layers are.
 *
 * Names are the specification's own, as they stand in the JSON.
 *
 * Source: OCI image specification, "Image Configuration"; Docker, "Docker Image Specification v1.2".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { parseDigest } from "./digest.ts";
import { JsonObject } from "./json-object.ts";

export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly created?: string;
  readonly author?: string;
  readonly config: ExecutionConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly string[] };
  readonly history: readonly HistoryEntry[];
}

/** How a container of the image is run, unless more is said. */
export interface ExecutionConfig {
  readonly User?: string;
  /** `80/tcp` and the like. */
  readonly ExposedPorts?: readonly string[];
  /** `NAME=value` */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  /** Paths. */
  readonly Volumes?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

/** A step of the build. */
export interface HistoryEntry {
  readonly created?: string;
  readonly author?: string;
  readonly created_by?: string;
  readonly comment?: string;
  /** It made no layer. */
  readonly empty_layer?: boolean;
}

/**
 * @param subject  what a message begins with
 * @throws ImageError  Corrupt; Unsupported for layers that no digest names
 */
export function parseImageConfig(bytes: Uint8Array, subject: string): ImageConfig {
  const json = JsonObject.parse(bytes, subject);
  const rootfs = json.object("rootfs");
  if (rootfs.string("type") !== "layers") throw rootfs.wrong("type", '"layers"');
  const diffIds = rootfs.strings("diff_ids");
  for (const diffId of diffIds) parseDigest(diffId, subject);
  return {
    architecture: json.string("architecture"),
    os: json.string("os"),
    ...strings(json, ["variant", "os.version", "created", "author"]),
    config: parseExecutionConfig(json.optionalObject("config")),
    rootfs: { type: "layers", diff_ids: diffIds },
    history: json.objects("history").map(parseHistoryEntry),
  };
}

function parseExecutionConfig(json: JsonObject | undefined): ExecutionConfig {
  if (json === undefined) return {};
  const labels = json.optionalStringMap("Labels");
  return {
    ...strings(json, ["User", "WorkingDir", "StopSignal"]),
    ...lists(json, ["Env", "Entrypoint", "Cmd"]),
    ...keys(json, ["ExposedPorts", "Volumes"]),
    ...(labels && { Labels: labels }),
  };
}

function parseHistoryEntry(json: JsonObject): HistoryEntry {
  const emptyLayer = json.optionalBoolean("empty_layer");
  return {
    ...strings(json, ["created", "author", "created_by", "comment"]),
    ...(emptyLayer !== undefined && { empty_layer: emptyLayer }),
  };
}

/** Those of the members that are there. Empty text says no more than a member that is missing. */
function strings<T extends string>(json: JsonObject, names: readonly T[]): { [name in T]?: string } {
  return those(names, (name) => json.optionalString(name) || undefined);
}

function lists<T extends string>(json: JsonObject, names: readonly T[]): { [name in T]?: string[] } {
  return those(names, (name) => json.optionalStrings(name));
}

/** Sets are objects whose values are empty ones. */
function keys<T extends string>(json: JsonObject, names: readonly T[]): { [name in T]?: string[] } {
  return those(names, (name) => json.optionalObject(name)?.names);
}

function those<T extends string, V>(names: readonly T[], get: (name: T) => V | undefined): { [name in T]?: V } {
  const found = names.flatMap((name): [T, V][] => {
    const value = get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(found) as { [name in T]?: V };
}

/** @throws ImageError  Corrupt */
export function assertLayersAreNamed(layers: number, config: ImageConfig, subject: string): void {
  const diffIds = config.rootfs.diff_ids.length;
  if (layers === diffIds) return;
  throw new ImageError(ErrorCode.Corrupt, `${subject}: names ${diffIds} diff ids, and there are ${layers} layers`);
}
