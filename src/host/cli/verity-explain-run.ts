/** `layerkiln verity explain`: what it does. */
import { explainDifference } from "../explain/explain-difference.ts";
import type {
  ContainerDifference,
  DifferingBytes,
  ExplainedImage,
  Explanation,
  FieldDifference,
  FirstDifference,
} from "../explain/explanation.ts";
import { describePlace, PATHLESS } from "../explain/place-words.ts";
import { printable } from "../image/name.ts";
import type { Context } from "./context.ts";
import { Exit } from "./exit.ts";
import { nameToJson } from "./file-text.ts";
import { stdout } from "./output.ts";
import { withProgress } from "./progress-bar.ts";
import type { ExplainFlags } from "./verity.ts";

export async function runExplain(this: Context, flags: ExplainFlags, a: string, b: string): Promise<void> {
  const explanation = await withProgress(flags.quiet, (watched) =>
    explainDifference(a, b, { ...(this.platform && { platform: this.platform }), ...watched }),
  );
  if (flags.json) stdout.write(`${JSON.stringify(toJson(a, b, explanation), null, 2)}\n`);
  else if (!flags.quiet) stdout.write(toText(a, b, explanation));
  if (!explanation.same) process.exitCode = Exit.Mismatch;
}

function toText(a: string, b: string, explanation: Explanation): string {
  const { same, blocks, blockSize, differingBlocks, first, container, reason } = explanation;
  if (same) return "the images are the same\n";
  let text = "";
  if (first) {
    const at = first.block * blockSize + first.byte;
    text += `block ${first.block} is the first that differs, at its byte ${first.byte} (byte ${at} of the disk)\n`;
    text += describeBlock(a, b, first);
    for (const other of explanation.firstOfOthers.filter(({ fields }) => fields.length > 0)) {
      text += `then block ${other.block}, at its byte ${other.byte}\n${describeBlock(a, b, other)}`;
    }
    text += `${differingBlocks} of ${blocks} blocks of ${blockSize} bytes differ\n${describeSpread(explanation)}`;
    text += describeInodeFields(explanation) + describeFiles(explanation);
  }
  if (container) text += describeContainer(container);
  text += describeTrouble(a, explanation.a) + describeTrouble(b, explanation.b);
  if (explanation.a.diskSize !== explanation.b.diskSize) {
    text += `\nthe disks have ${explanation.a.diskSize} and ${explanation.b.diskSize} bytes\n`;
  }
  return reason === undefined ? text : `${text}\nmost likely: ${reason}\n`;
}

function describeBlock(nameA: string, nameB: string, { a, b, fields, bytes }: FirstDifference): string {
  const [ofA, ofB] = [describePlace(a), describePlace(b)];
  const width = Math.max(nameA.length, nameB.length);
  const row = (image: string, text: string) => `  ${image.padEnd(width)}  ${text}\n`;
  const places = ofA === ofB ? `  ${ofA}\n` : row(nameA, ofA) + row(nameB, ofB);
  return `${places}${describeFields(fields.slice(0, MAX_FIELDS))}${fields.length > MAX_FIELDS ? "  and more\n" : ""}${describeBytes(bytes)}\n`;
}

/** Fields of a block that are told to people. */
const MAX_FIELDS = 20;

function describeFields(fields: readonly FieldDifference[]): string {
  let text = "";
  let of: string | undefined;
  const width = Math.max(...fields.map(({ field }) => field.length));
  for (const field of fields) {
    if (field.of !== of) text += `  ${field.of}${field.path ? `, ${printable(field.path)}` : ""}\n`;
    of = field.of;
    text += `  ${of === undefined ? "" : "  "}${field.field.padEnd(width)}  ${shorten(field.a)}  ->  ${shorten(field.b)}\n`;
  }
  return text;
}

/** Letters of a value that are printed; all are in the JSON. */
const MAX_VALUE = 64;

function shorten(value = "-"): string {
  return value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE)}…` : value;
}

function describeBytes(bytes: DifferingBytes): string {
  const hex = (some: Uint8Array) =>
    Buffer.from(some)
      .toString("hex")
      .replace(/..(?=.)/g, "$& ") || "-";
  return `  bytes  ${hex(bytes.a)}\n         ${hex(bytes.b)}\n`;
}

function describeSpread({ spread }: Explanation): string {
  const lines = spread.map(({ a, b, blocks }) => [a === b ? a : `${a} -> ${b}`, String(blocks)] as const);
  const width = Math.max(...lines.map(([what]) => what.length));
  const digits = Math.max(...lines.map(([, blocks]) => blocks.length));
  return lines.map(([what, blocks]) => `  ${what.padEnd(width)}  ${blocks.padStart(digits)}\n`).join("");
}

function describeInodeFields({ inodeFields }: Explanation): string {
  if (inodeFields.length === 0) return "";
  const words = inodeFields.map(({ field, inodes }) => `${field} of ${inodes}`);
  return `\ninodes differ in: ${words.join(", ")}\n`;
}

/** Files that are told to people. */
const MAX_FILES = 10;

function describeFiles({ files }: Explanation): string {
  if (files.length === 0) return "";
  const lines = files.slice(0, MAX_FILES).map(({ image, inode, path, blocks }) => {
    const where = image === "b" ? ", in the second image" : "";
    return `  ${path ? printable(path) : PATHLESS} (inode ${inode}${where}): ${blocks} ${blocks === 1 ? "block" : "blocks"}\n`;
  });
  const more = files.length > MAX_FILES ? "  and more\n" : "";
  return `\nfiles with blocks that differ:\n${lines.join("")}${more}`;
}

function describeContainer({ a, b, byte, fields }: ContainerDifference): string {
  if (a !== b) return `\nthe containers differ: ${a} and ${b}\n`;
  const head = `the disks are the same; the ${a} around them differs, first at byte ${byte} of the files\n`;
  return fields.length === 0 ? head : `${head}${describeFields(fields)}`;
}

function describeTrouble(image: string, { problem, damage }: ExplainedImage): string {
  const lines = problem === undefined ? damage : [problem, ...damage];
  return lines.length === 0 ? "" : `\n${image} cannot be read in full:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function toJson(a: string, b: string, { first, firstOfOthers, files, ...rest }: Explanation) {
  return {
    images: { a, b },
    ...rest,
    ...(first && { first: differenceToJson(first) }),
    firstOfOthers: firstOfOthers.map(differenceToJson),
    files: files.map(pathToJson),
  };
}

function differenceToJson({ a, b, fields, bytes, ...rest }: FirstDifference) {
  const hex = (some: Uint8Array) => Buffer.from(some).toString("hex");
  return {
    ...rest,
    a: pathToJson(a),
    b: pathToJson(b),
    fields: fields.map(pathToJson),
    bytes: { a: hex(bytes.a), b: hex(bytes.b) },
  };
}

function pathToJson<T extends { readonly path?: Uint8Array }>({ path, ...rest }: T) {
  return { ...rest, ...(path && nameToJson("path", path)) };
}
