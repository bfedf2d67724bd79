/**
 * Bundles each program into a CommonJS file, which starts 8 ms sooner than modules do, and commands that most runs do not need
 * into another: docs/decisions/0008.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const WINDOWS = "src/adapters/windows";

/** What goes into files of its own, and is loaded when it is first wanted. */
const APART = [
  // Half of the code is theirs, and to read it takes V8 as long as a small layer does.
  {
    outfile: "services.js",
    folder: "src/host/cli",
    names: ["cim-run", "doctor-run", "mount-run", "serve-run", "snapshot-changes-run", "snapshot-looks-run"],
  },
  // What only container images need, and what holds images against each other.
  {
    outfile: "images.js",
    folder: "src/host/cli",
    names: ["images-run", "layers-run", "pull-run", "verity-explain-run"],
  },
  // Declarations of half of Windows, which no other system needs.
  { outfile: "windows.js", folder: WINDOWS, names: importedLater(`${WINDOWS}/platform.ts`) },
];

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
