/** `layerkiln hive`: what its commands do. */
import { type HiveKey, openHive } from "../hive/hive.ts";
import { mergeHives } from "../hive/merge.ts";
import { formatBytes } from "./byte-count.ts";
import type { Context } from "./context.ts";
import { untilInterrupted } from "./exit.ts";
import type { HiveExportFlags, HiveMergeFlags } from "./hive.ts";
import { keyToJson } from "./hive-json.ts";
import { REG_HEADER, regLines } from "./hive-reg.ts";
import { stdout } from "./output.ts";
import { Printer, toBytes } from "./printer.ts";

export async function runHiveMerge(
  this: Context,
  { output, json, quiet }: HiveMergeFlags,
  base: string,
  delta: string,
): Promise<void> {
  const { size } = await untilInterrupted((signal) => mergeHives(base, delta, output, { signal }));
  if (json) stdout.write(`${JSON.stringify({ hive: output, size }, null, 2)}\n`);
  else if (!quiet) stdout.write(`${output}: ${size} bytes (${formatBytes(size)})\n`);
}

export async function runHiveExport(
  this: Context,
  { json }: HiveExportFlags,
  path: string,
  place?: string,
): Promise<void> {
  const hive = openHive(path);
  const top = place === undefined ? hive.root : hive.key(place);
  const names = (place ?? "").split("\\").filter((name) => name !== "");
  const printer = new Printer(stdout);
  if (json) printJson(printer, names, top);
  else printReg(printer, names, top);
  printer.flush();
}

function printReg(printer: Printer, names: readonly string[], top: HiveKey): void {
  printer.line(REG_HEADER);
  const isThere = (key: HiveKey): boolean => key.layer !== "tombstone"; // what is below one would be made again
  for (const [path, key] of descend(names, top, isThere)) {
    printer.line("");
    for (const line of regLines(path, key)) printer.line(toBytes(line));
  }
}

function printJson(printer: Printer, names: readonly string[], top: HiveKey): void {
  let line = "[";
  for (const [path, key] of descend(names, top)) {
    printer.line(line === "[" ? line : `${line},`);
    line = toBytes(JSON.stringify(keyToJson(path, key)));
  }
  printer.line(line);
  printer.line("]");
}

/** A key and all below it, each before its subkeys. @param isEntered  whether subkeys of a key are wanted */
function* descend(
  names: readonly string[],
  key: HiveKey,
  isEntered: (key: HiveKey) => boolean = () => true,
): Generator<[path: readonly string[], key: HiveKey]> {
  yield [names, key];
  if (!isEntered(key)) return;
  for (const subkey of key.subkeys()) yield* descend([...names, subkey.name], subkey, isEntered);
}
