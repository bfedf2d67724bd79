/** `layerkiln verity`: what its commands do. */
import { createHashTree, readHashTree, type TreeOptions, verifyHashTree } from "../hash-tree.ts";
import type { Platform } from "../platform.ts";
import { verityTable } from "../verity-table.ts";
import type { HashTree } from "../verity-tree.ts";
import type { Context } from "./context.ts";
import { Mismatch } from "./exit.ts";
import { stdout } from "./output.ts";
import { withProgress } from "./progress-bar.ts";
import type { CreateFlags, PlaceFlags, RootFlags } from "./verity.ts";

export async function runCreate(this: Context, flags: CreateFlags, image: string): Promise<void> {
  const { output, uuid, json, quiet } = flags;
  const tree = await withProgress(quiet, (watched) =>
    createHashTree(image, {
      ...placeOptions(flags, this.platform),
      ...(output !== undefined && { target: output }),
      ...(uuid !== undefined && { uuid }),
      ...watched,
    }),
  );
  if (json) writeJson({ image: output ?? image, hashFile: flags.hashFile, ...tree });
  else if (!quiet) stdout.write(toText(tree));
}

export async function runVerify(this: Context, flags: PlaceFlags, image: string, rootHash: string): Promise<void> {
  const result = await withProgress(flags.quiet, (watched) =>
    verifyHashTree(image, rootHash, { ...placeOptions(flags, this.platform), ...watched }),
  );
  const { verified, dataBlocks, bad } = result;
  if (flags.json) writeJson({ image, ...result });
  else if (verified && !flags.quiet) stdout.write(`${image}: verified, ${dataBlocks} blocks\n`);
  if (bad) throw new Mismatch(`${image}: block ${bad.block} of the ${bad.of} is not what its digest says`);
}

export async function runRoot(this: Context, flags: RootFlags, image: string): Promise<void> {
  const tree = await withProgress(flags.quiet, (watched) =>
    readHashTree(image, { ...placeOptions(flags, this.platform), ...watched }),
  );
  const table = tree.hashOffset === undefined ? undefined : verityTable(tree, image, flags.hashFile);
  if (flags.json) writeJson({ image, ...tree, isComputed: tree.hashOffset === undefined, table });
  else if (flags.table) stdout.write(`${table ?? verityTable(tree, image)}\n`);
  else stdout.write(toText(tree));
}

function placeOptions(flags: PlaceFlags, platform: Platform | undefined): TreeOptions {
  const { hashOffset, hashFile, noSuperblock, salt } = flags;
  return {
    ...(hashOffset !== undefined && { hashOffset }),
    ...(hashFile !== undefined && { hashFile }),
    ...(noSuperblock && { superblock: false }),
    ...(salt && { salt }),
    ...(platform && { platform }),
  };
}

function writeJson(document: object): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function toText({ rootHash, salt, uuid, dataBlocks, hashOffset }: HashTree): string {
  const lines = [`root hash: ${rootHash}${hashOffset === undefined ? " (computed: there is no tree)" : ""}`];
  if (hashOffset !== undefined) lines.push(`hash offset: ${hashOffset}`);
  lines.push(`data blocks: ${dataBlocks}`, `salt: ${salt === "" ? "-" : salt}`);
  if (uuid !== undefined) lines.push(`uuid: ${uuid}`);
  return `${lines.join("\n")}\n`;
}
