/**
 * Registry hives in layers of Windows: where they are, and under what names.
 *
 * Source: hcsshim, internal/wclayer/cim, its table of hives.
 */
import { Literal, wideLiteral } from "../../bytes/literal";
import { ByteBuffer } from "../../bytes/memory";
import { compareNames } from "../../tree/windows/name-order";

export const HIVES_DIRECTORY = wideLiteral("Hives");
/** Of a base layer: where Windows itself has its hives. */
export const CONFIG_PATH = [
  wideLiteral("Files"), wideLiteral("Windows"), wideLiteral("System32"), wideLiteral("config"),
];

/** The names of one hive. */
export class Hive {
  readonly config: Literal;
  /** In the directory of hives: all of it, and what a layer changes. */
  readonly base: Literal;
  readonly basePath: Literal;
  readonly deltaPath: Literal;

  constructor(config: string, name: string) {
    this.config = wideLiteral(config);
    this.base = wideLiteral(`${name}_BASE`);
    this.basePath = wideLiteral(`Hives\\${name}_BASE`);
    this.deltaPath = wideLiteral(`Hives\\${name}_DELTA`);
  }
}

export const HIVES = [
  new Hive("SYSTEM", "SYSTEM"),
  new Hive("SOFTWARE", "SOFTWARE"),
  new Hive("SAM", "SAM"),
  new Hive("SECURITY", "SECURITY"),
  new Hive("DEFAULT", "DEFAULTUSER"),
];

/** Whether a path is this one, but for case. @param path  in units of UTF-16, with backslashes */
export function isPath(upcase: usize, path: ByteBuffer, wanted: Literal): bool {
  if (path.length != wanted.length) return false;
  return compareNames(upcase, path.at, path.length / 2, wanted.at, wanted.length / 2) == 0;
}
