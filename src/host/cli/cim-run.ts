/** `layerkiln cim`: what it does. */
import type { ConvertCimResult } from "../cim/cim-result.ts";
import { convertCim } from "../cim/convert-cim.ts";
import { formatBytes } from "./byte-count.ts";
import type { CimFlags } from "./cim.ts";
import type { Context } from "./context.ts";
import { stderr, stdout } from "./output.ts";
import { withProgress } from "./progress-bar.ts";
import { standardInput } from "./stdin.ts";

export async function runCim(this: Context, flags: CimFlags, layer: string): Promise<void> {
  const { output, name, parent, fork, guid, formatVersion, writer, layerDirectory, requireHives } = flags;
  const result = await withProgress(flags.quiet, (watched) =>
    convertCim(layer === "-" ? standardInput() : layer, output, {
      name,
      writer,
      digests: flags.json ?? false, // to hash a layer takes longer than to convert it
      ...(parent && { parents: parent }),
      ...(fork && { fork }),
      ...(guid !== undefined && { guid }),
      ...(formatVersion !== undefined && { version: formatVersion }),
      ...(layerDirectory !== undefined && { layerDirectory }),
      ...(requireHives && { requireHives }),
      ...(this.platform && { platform: this.platform }),
      ...watched,
    }),
  );
  if (flags.json) stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if (!flags.quiet) stdout.write(toText(result));
  if (!flags.quiet) stderr.write(notesOn(result));
}

function toText({ cim, writer, guid, files, size, entries, hives, utilityVmBuild }: ConvertCimResult): string {
  const lines = [
    `${cim}: ${size} bytes (${formatBytes(size)}) in ${files.length} files, ${counted(entries, "entry", "entries")}`,
    `guid: ${guid}`,
  ];
  if (writer === "cimfs") lines.push("written by Windows's cimfs");
  if (hives.merged > 0) lines.push(`hives merged: ${hives.merged}`);
  if (utilityVmBuild !== undefined) lines.push(`utility VM: build ${utilityVmBuild}`);
  return `${lines.join("\n")}\n`;
}

function notesOn({ dropped, hives }: ConvertCimResult): string {
  const notes: string[] = [];
  if (dropped.attributes > 0) {
    notes.push(`${counted(dropped.attributes, "file has", "files have")} lost attributes that a CIM has no place for`);
  }
  if (dropped.devices > 0) {
    notes.push(`${counted(dropped.devices, "device or pipe", "devices or pipes")} became empty files`);
  }
  if (!hives.complete) notes.push("there are no hives in it that a container of Windows could start from");
  return notes.map((note) => `note: ${note}\n`).join("");
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
