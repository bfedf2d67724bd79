/**
 * Bundles each program into a CommonJS file, which starts 8 ms sooner than modules do, and the work of each of its commands
 * into another: docs/decisions/0008.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const COMMANDS = "src/host/cli";
const LINUX = "src/adapters/linux";
const WINDOWS = "src/adapters/windows";

/** Commands that share most of what they load: it stands once in a file of theirs. */
const TOGETHER = [
  // What gRPC takes would stand in each of their files.
  { outfile: "services.js", folder: COMMANDS, names: ["serve-run", "snapshot-changes-run", "snapshot-looks-run"] },
  { outfile: "reading.js", folder: COMMANDS, names: ["cat-run", "inspect-run", "ls-run", "stat-run", "tree-run"] },
  {
    outfile: "images.js",
    folder: COMMANDS,
    names: ["images-run", "layers-run", "pull-run", "rootfs-run", "stack-run", "wsl-run"],
  },
];

/** What goes into files of its own, and is loaded when it is first wanted: V8 reads a file to its end before it runs any of it. */
const APART = [
  ...TOGETHER,
  ...runs()
    .filter((name) => !TOGETHER.some(({ names }) => names.includes(name)))
    .map((name) => ({ outfile: `${name}.js`, folder: COMMANDS, names: [name] })),
  { outfile: "linux.js", folder: LINUX, names: importedLater(`${LINUX}/platform.ts`) },
  { outfile: "windows.js", folder: WINDOWS, names: importedLater(`${WINDOWS}/platform.ts`) },
];

function runs() {
  return readdirSync(COMMANDS).flatMap((file) => file.match(/^[\w-]+-run(?=\.ts$)/) ?? []);
}

function importedLater(path) {
  const imports = readFileSync(path, "utf8").matchAll(/\bimport\("\.\/([\w-]+)\.ts"\)/g);
  return [...new Set([...imports].map(([, name]) => name))];
}

const apart = {
  name: "apart",
  setup(plugins) {
    for (const { outfile, folder, names } of APART) {
      const filter = new RegExp(`^\\./(${names.join("|")})\\.ts$`);
      plugins.onResolve({ filter }, ({ kind, resolveDir }) =>
        kind === "dynamic-import" && resolveDir === resolve(folder)
          ? { path: `./${outfile}`, external: true }
          : undefined,
      );
    }
  },
};

const shared = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20.19",
  external: ["@grpc/grpc-js", "koffi", "lmdb", "pino", "re2js"],
  supported: { "dynamic-import": false }, // `require` instead: to import, even a part of Node, loads all of its module loader
  define: { "import.meta.url": "importMetaUrl" },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  minifyWhitespace: true, // half of it is comments and indentation; names stay, for traces
  legalComments: "none",
  logLevel: "warning",
};

await build({
  ...shared,
  entryPoints: ["src/main.ts", "src/tar2ext4.ts", "src/dmverity-vhd.ts"],
  outdir: "build/cli/bin",
  plugins: [apart],
});
for (const { outfile, folder, names } of APART) {
  const contents = names.map((name) => `export * from "./${name}.ts";`).join("\n");
  await build({ ...shared, stdin: { contents, resolveDir: folder }, outfile: `build/cli/bin/${outfile}` });
}
await build({ ...shared, entryPoints: ["src/host/layers/layer-worker.ts"], outdir: "build/cli/bin" }); // a thread
writeFileSync("build/cli/package.json", '{ "type": "commonjs" }\n');
