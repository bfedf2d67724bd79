/**
 * What an image runs on, and which images a machine runs: by the rules of containerd.
 *
 * Source: containerd/platforms, "Platform specifier format", Normalize and Only; OCI image specification, "Image Index".
 */
import { ErrorCode, ImageError } from "../errors.ts";
import type { ImagePlatform } from "./descriptor.ts";
import { shown } from "./shown.ts";

/** Names of architectures, as Node has them, in Go's words. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  ia32: "386",
  ppc64: "ppc64le",
  mipsel: "mipsle",
};

// A browser does not say what it runs on.
declare const process: { readonly arch?: string } | undefined;

/** What images are built for that are run here: Linux, whatever this machine's system is. In a browser, on amd64. */
export function defaultPlatform(): ImagePlatform {
  const architecture = (typeof process === "undefined" ? undefined : process.arch) ?? "amd64";
  return normalize({ os: "linux", architecture: ARCHITECTURES[architecture] ?? architecture });
}

/** @param text  `os/architecture[/variant][,os version]`  @throws ImageError  InvalidArgument */
export function parsePlatform(text: string): ImagePlatform {
  const [, os, architecture, variant, osVersion] =
    /^([\w-]+)\/([\w-]+)(?:\/([\w.-]+))?(?:,([\w.-]+))?$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined) {
    const form = "os/architecture[/variant][,os version], such as linux/arm64";
    throw new ImageError(ErrorCode.InvalidArgument, `platform: "${shown(text)}" is not of the form ${form}`);
  }
  return normalize({ os, architecture, ...(variant && { variant }), ...(osVersion && { osVersion }) });
}

export function formatPlatform({ os, architecture, variant, osVersion }: ImagePlatform): string {
  return `${os}/${architecture}${variant ? `/${variant}` : ""}${osVersion ? `,${osVersion}` : ""}`;
}

/** Other names for the same become one; what is usual is not said. */
export function normalize({ os, architecture, variant, osVersion }: ImagePlatform): ImagePlatform {
  const [name, level] = normalizeArchitecture(architecture.toLowerCase(), variant?.toLowerCase() ?? "");
  return {
    os: os.toLowerCase() === "macos" ? "darwin" : os.toLowerCase(),
    architecture: name,
    ...(level && { variant: level }),
    ...(osVersion && { osVersion }),
  };
}

function normalizeArchitecture(name: string, variant: string): [name: string, variant: string] {
  const level = /^\d/.test(variant) ? `v${variant}` : variant;
  switch (name) {
    case "i386":
      return ["386", ""];
    case "x86_64":
    case "x86-64":
    case "amd64":
      return ["amd64", level === "v1" ? "" : level];
    case "aarch64":
    case "arm64":
      return ["arm64", level === "v8" || level === "v8.0" ? "" : level];
    case "armhf":
      return ["arm", "v7"];
    case "armel":
      return ["arm", "v6"];
    case "arm":
      return ["arm", level || "v7"];
    default:
      return [name, variant];
  }
}

/**
 * How well an image for `image` runs on `machine`: 0 is best.
 *
 * @returns undefined if it does not
 */
export function rankOn(machine: ImagePlatform, image: ImagePlatform): number | undefined {
  const wanted = normalize(machine);
  const found = normalize(image);
  if (wanted.os !== found.os || !isVersionOf(wanted.osVersion, found.osVersion)) return undefined;
  const rank = runnableOn(wanted).indexOf(nameOf(found.architecture, found.variant));
  return rank < 0 ? undefined : rank;
}

const nameOf = (architecture: string, variant = "") => `${architecture}/${variant}`;

/** All that such a machine runs, the best first. */
function runnableOn({ architecture, variant = "" }: ImagePlatform): string[] {
  switch (architecture) {
    case "amd64":
      return [...levels("amd64", variant || "v1", 1), nameOf("386")];
    case "arm":
      return levels("arm", variant, 5);
    case "arm64":
      return [...levelsOfArm64(variant || "v8"), ...levels("arm", "v8", 5)];
    default:
      return [nameOf(architecture, variant)];
  }
}

/** From `variant`, `v` and a number, down to `lowest`. One that is no number stands for itself. */
function levels(architecture: string, variant: string, lowest: number): string[] {
  const [, digits] = /^v(\d)$/.exec(variant) ?? [];
  if (digits === undefined) return [nameOf(architecture, variant)];
  const highest = Number(digits);
  const numbers = Array.from({ length: Math.max(highest - lowest + 1, 1) }, (_, i) => highest - i);
  return numbers.map((level) => nameOf(architecture, architecture === "amd64" && level === 1 ? "" : `v${level}`));
}

/** Armv9.x has all of Armv8.(x+5). */
function levelsOfArm64(variant: string): string[] {
  const [, major, minor = "0"] = /^v([89])(?:\.(\d))?$/.exec(variant) ?? [];
  if (major === undefined) return [nameOf("arm64", variant)];
  const from = Number(minor);
  if (major === "8") return down(8, from);
  return [...down(9, from), ...down(8, from + 5)];
}

function down(major: number, minor: number): string[] {
  return Array.from({ length: minor + 1 }, (_, i) => minor - i).map((level) => {
    const name = level === 0 ? `v${major}` : `v${major}.${level}`;
    return nameOf("arm64", name === "v8" ? "" : name);
  });
}

/** `10.0.17763` is asked for, and 10.0.17763.1234 is one. */
function isVersionOf(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || found === wanted || found?.startsWith(`${wanted}.`) === true;
}
