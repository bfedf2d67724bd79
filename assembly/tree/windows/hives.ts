/**
 * Registry hives in layers of Windows: where they are, and under what names.
 *
 * Source: hcsshim, internal/wclayer/cim, its table of hives and `processLayoutFile`.
 */

/** Of a base layer: where Windows itself has its hives. */
export const CONFIG = "Files\\Windows\\System32\\config";
/** Where layers have them: whole ones, and what a layer changes in them. */
export const HIVES = "Hives";
/** The file that tells Windows that the hives are part of the root, and what it says. */
export const LAYOUT = "layout";
export const LAYOUT_TEXT = "vhd-with-hives\n";

/** What one hive is called in each place. */
export class HiveNames {
  readonly base: string;
  readonly delta: string;

  /**
   * @param config  in the directory of Windows itself
   * @param name    in that of layers, before `_BASE` and `_DELTA`
   */
  constructor(readonly config: string, name: string) {
    this.base = `${name}_BASE`;
    this.delta = `${name}_DELTA`;
  }
}

export const HIVE_NAMES: HiveNames[] = [
  new HiveNames("SYSTEM", "SYSTEM"),
  new HiveNames("SOFTWARE", "SOFTWARE"),
  new HiveNames("SAM", "SAM"),
  new HiveNames("SECURITY", "SECURITY"),
  new HiveNames("DEFAULT", "DEFAULTUSER"),
];
