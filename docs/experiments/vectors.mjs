/** Unpacks the test vectors of CIMs, as Windows is to see them: node vectors.mjs DIRECTORY */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const GUID = "00112233-4455-6677-8899-aabbccddeeff";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: node vectors.mjs DIRECTORY");
for (const version of ["v1", "v2"]) {
  const from = fileURLToPath(new URL(`../../test/fixtures/cim-${version}`, import.meta.url));
  const to = join(directory, version);
  mkdirSync(to, { recursive: true });
  for (const packed of readdirSync(from)) {
    const name = packed.replace(/\.gz$/, "").replace(/^(region|objectid)_/, `$1_${GUID}_`);
    writeFileSync(join(to, name), gunzipSync(readFileSync(join(from, packed))));
  }
}
