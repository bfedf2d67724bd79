/** `dmverity-vhd`: its commands and flags, and what it prints, as hcsshim's program of that name has them. */
import { convertLayers, type LayerImage } from "../layers/convert-layers.ts";
import { convertLayersApart } from "../layers/hash-devices.ts";
import { untilInterrupted } from "./exit.ts";
import { FlagError, type GoFlags, HelpWanted, parseGoFlags, type Values } from "./go-flags.ts";
import { type ImageOrigin, withImageFrom } from "./image-origin.ts";
import { stdout } from "./output.ts";

const NAME = "dmverity-vhd";

const GLOBAL_FLAGS = {
  verbose: { value: false, alias: "v", usage: "Optional: verbose output" },
  docker: { value: false, alias: "d", usage: "Optional: use local docker daemon" },
  tarball: { value: "", alias: "t", usage: "Optional: path to tarball containing image info" },
  "buffered-reader": { value: false, alias: "b", usage: "Optional: taken, and without effect" },
  platform: { value: "", usage: "Optional: platform of the image (linux/amd64 unless given)" },
} satisfies GoFlags;

const IMAGE_FLAGS = {
  image: { value: "", alias: "i", usage: "Required: container image reference" },
  username: { value: "", alias: "u", usage: "Optional: custom registry username" },
  password: { value: "", alias: "p", usage: "Optional: custom registry password" },
  platform: GLOBAL_FLAGS.platform,
} satisfies GoFlags;

const CREATE_FLAGS = {
  ...IMAGE_FLAGS,
  "out-dir": { value: "", alias: "o", usage: "Required: output directory path" },
  "hash-dev-vhd": { value: false, alias: "hdv", usage: "Optional: save hash-device as a VHD" },
} satisfies GoFlags;

type Globals = Values<typeof GLOBAL_FLAGS>;

interface Command {
  readonly usage: string;
  readonly flags: GoFlags;
  readonly required: readonly string[];
  run(words: readonly string[], globals: Globals): Promise<void>;
}

const COMMANDS: Record<string, Command> = {
  create: {
    usage:
      "creates LCOW layer VHDs inside the output directory with dm-verity super block and merkle tree appended at the end",
    flags: CREATE_FLAGS,
    required: ["image", "out-dir"],
    run: runCreate,
  },
  roothash: {
    usage: "compute root hashes for each LCOW layer VHD",
    flags: IMAGE_FLAGS,
    required: ["image"],
    run: runRootHash,
  },
};

/** The words make no sense. What the program has to offer was printed. */
export class WrongUsage extends Error {
  readonly exitCode: number = 1;
}

/** There is no such command: urfave/cli, which the original is made with, has an exit code for that. */
class UnknownTopic extends WrongUsage {
  override readonly exitCode = 3;
}

/** @throws WrongUsage, ImageError */
export async function runDmverityVhd(words: readonly string[]): Promise<void> {
  const { values: globals, rest } = parse(GLOBAL_FLAGS, words, describeProgram);
  const [name, ...more] = rest;
  if (name === undefined) return void stdout.write(describeProgram());
  if (name === "help" || name === "h") return void stdout.write(describeTopic(more[0]));
  await commandOf(name).run(more, globals);
}

function commandOf(name: string): Command {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name]!;
  throw new UnknownTopic(`No help topic for '${name}'`);
}

function describeTopic(name: string | undefined): string {
  if (name === undefined) return describeProgram();
  commandOf(name);
  return describeCommand(name);
}

async function runCreate(words: readonly string[], globals: Globals): Promise<void> {
  const flags = parseCommand("create", CREATE_FLAGS, words);
  const directory = flags["out-dir"];
  await untilInterrupted((signal) =>
    withImageFrom(originOf(globals, flags), signal, async (image) => {
      if (flags["hash-dev-vhd"]) {
        for (const { hashDevice, ...layer } of await convertLayersApart(image, directory, { signal })) {
          if (layer.sameAs === undefined) stdout.write(`hash device created at ${hashDevice}\n`);
          tellOfVhd(layer);
        }
      } else {
        const layers = await convertLayers(image, directory, { container: "vhd", verity: true, signal });
        for (const layer of layers) tellOfVhd(layer);
      }
    }),
  );
}

function tellOfVhd({ path }: LayerImage): void {
  stdout.write(`Layer VHD created at ${path}\n`);
}

async function runRootHash(words: readonly string[], globals: Globals): Promise<void> {
  const flags = parseCommand("roothash", IMAGE_FLAGS, words);
  const layers = await untilInterrupted((signal) =>
    withImageFrom(originOf(globals, flags), signal, (image) =>
      convertLayers(image, undefined, { verity: true, signal }),
    ),
  );
  for (const { layer, rootHash } of layers) stdout.write(`Layer ${layer} root hash: ${rootHash}\n`);
}

/** @throws WrongUsage  both were asked for, and an image has one origin */
function originOf(globals: Globals, flags: Values<typeof IMAGE_FLAGS>): ImageOrigin {
  const { docker, tarball } = globals;
  if (docker && tarball !== "") throw new WrongUsage("cannot use both docker and tarball for image source");
  const { image, username, password } = flags;
  const platform = flags.platform || globals.platform;
  return {
    image,
    ...(tarball !== "" && { tarball }),
    docker,
    ...(platform !== "" && { platform }),
    ...(username !== "" && password !== "" && { credentials: { username, password } }),
  };
}

function parseCommand<F extends GoFlags>(name: string, flags: F, words: readonly string[]): Values<F> {
  const { values } = parse(flags, words, () => describeCommand(name));
  const missing = COMMANDS[name]!.required.filter((flag) => values[flag] === "");
  if (missing.length === 0) return values;
  stdout.write(describeCommand(name));
  const names = `"${missing.join(", ")}"`;
  throw new WrongUsage(`Required flag${missing.length > 1 ? "s" : ""} ${names} not set`);
}

function parse<F extends GoFlags>(flags: F, words: readonly string[], describe: () => string) {
  try {
    return parseGoFlags(flags, words);
  } catch (error) {
    if (error instanceof HelpWanted) stdout.write(describe());
    if (!(error instanceof FlagError)) throw error;
    stdout.write(`Incorrect Usage. ${error.message}\n\n${describe()}`);
    throw new WrongUsage(error.message);
  }
}

function describeProgram(): string {
  const commands = Object.entries(COMMANDS).map(([name, { usage }]) => `   ${name.padEnd(10)}${usage}\n`);
  return `NAME:
   ${NAME} - dmverity-vhd is a command line tool for creating LCOW layer VHDs with dm-verity hashes.

USAGE:
   ${NAME} [global options] command [command options] [arguments...]

COMMANDS:
${commands.join("")}
GLOBAL OPTIONS:
${describeFlags(GLOBAL_FLAGS)}`;
}

function describeCommand(name: string): string {
  const { usage, flags } = COMMANDS[name]!;
  return `NAME:
   ${NAME} ${name} - ${usage}

USAGE:
   ${NAME} ${name} [command options] [arguments...]

OPTIONS:
${describeFlags(flags)}`;
}

function describeFlags(flags: GoFlags): string {
  const lines = Object.entries(flags).map(([name, { value, alias, usage }]) => {
    const names = alias === undefined ? `--${name}` : `--${name}, -${alias}`;
    return [`   ${names}${typeof value === "string" ? " value" : ""}`, usage] as const;
  });
  const width = Math.max(...lines.map(([names]) => names.length)) + 2;
  return lines.map(([names, usage]) => `${names.padEnd(width)}${usage}\n`).join("");
}
