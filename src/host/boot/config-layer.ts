/** What a container image says of the process to start, as a file that an init reads. */
import type { ExecutionConfig, ImageConfig } from "../oci/image-config.ts";
import { encodeFiles } from "./added-files.ts";

/**
 * One more layer, for `makeRootfs` above all others, as an addition: the configuration's member `config` as JSON, in a file at `path`.
 *
 * Source: OCI image format specification 1.1, "Image Configuration", "Properties".
 *
 * @throws ImageError  InvalidArgument: `path` names no file in an image
 */
export function configLayer(image: ImageConfig, path: string): Uint8Array {
  return encodeFiles([{ path, content: configText(image.config) }], image.created);
}

/** Members in this order, maps by their keys: equal configurations give equal files. What is not said is not there. */
function configText(config: ExecutionConfig): string {
  const { User, Env, Entrypoint, Cmd, WorkingDir, StopSignal } = config;
  const ExposedPorts = config.ExposedPorts && setOf(config.ExposedPorts);
  const Volumes = config.Volumes && setOf(config.Volumes);
  const Labels = config.Labels && sorted(Object.entries(config.Labels));
  const members = { User, Env, Entrypoint, Cmd, WorkingDir, StopSignal, ExposedPorts, Volumes, Labels };
  return `${JSON.stringify(members, null, 2)}\n`;
}

/** As the specification writes sets: names of empty objects. */
const setOf = (names: readonly string[]): object => sorted(names.map((name) => [name, {}]));

/** An own member whatever its name, `__proto__` too. */
function sorted(entries: [name: string, value: unknown][]): object {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
