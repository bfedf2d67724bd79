/**
 * Registry hives in layers of Windows: where they are, and under what names.
 *
 * Source: hcsshim, internal/wclayer/cim, its table of hives.
 */
import { Literal, wideLiteral } from "../../bytes/literal";

export const HIVES_DIRECTORY = wideLiteral("Hives");
/** Of a base layer: where Windows itself has its hives. */
export const CONFIG_PATH = [
  wideLiteral("Files"), wideLiteral("Windows"), wideLiteral("System32"), wideLiteral("config"),
];

/** The names of one hive. */
export class Hive {
  readonly config: Literal;
  /** In the directory of hives. */
  readonly base: Literal;

  constructor(config: string, name: string) {
    this.config = wideLiteral(config);
    this.base = wideLiteral(`${name}_BASE`);
  }
}

export const HIVES = [
  new Hive("SYSTEM", "SYSTEM"),
  new Hive("SOFTWARE", "SOFTWARE"),
  new Hive("SAM", "SAM"),
  new Hive("SECURITY", "SECURITY"),
  new Hive("DEFAULT", "DEFAULTUSER"),
];
