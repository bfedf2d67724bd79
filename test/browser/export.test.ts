/** Images are checked and exported in a real browser as on Node: equal findings, equal archives, equal refusals. */
import { createHash } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ImageSource } from "../../src/host/image/image-source.ts";
import { type CimParts, checkImage, type ExportOptions, exportImage, type ImageError } from "../../src/index.ts";
import { edgeLayers, edgeTar } from "../fixtures/edge.ts";
import { goldenFiles } from "../fixtures/golden-cim-files.ts";
import { makeHcsshimImage, makeImage } from "../fixtures/image.ts";
import { IMAGES, smallImage } from "../fixtures/images.ts";
import { realisticTar } from "../fixtures/realistic.ts";
import { cimTrialOf } from "../fuzz/cim-trial.ts";
import { imageTrialOf } from "../fuzz/image-trial.ts";
import { inChromium } from "./chromium.ts";
import { bundled, call } from "./sites.ts";

const exports = suite("browser: check and export");
const test = inChromium(exports);

/** An image, and the paths under which its files are served. */
interface Served {
  readonly source: ImageSource | CimParts;
  readonly paths: readonly string[];
  readonly files: Record<string, Uint8Array>;
}

function image(name: string, bytes: Uint8Array): Served {
  return { source: bytes, paths: [`/${name}.img`], files: { [`/${name}.img`]: bytes } };
}

function cim(name: string, header: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Served {
  const served = Object.fromEntries([...files].map(([each, bytes]) => [`/${name}/${each}`, bytes]));
  const all = { ...served, [`/${name}/test.cim`]: header };
  return { source: { cim: header, beside: (each) => files.get(each) }, paths: Object.keys(all), files: all };
}

const filesOf = (images: readonly Served[]): Record<string, Uint8Array> =>
  Object.assign({}, ...images.map(({ files }) => files));

/** JSON, or `code: message`: what the page says too. */
async function tell(work: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work(), (_key, value) => (value instanceof Uint8Array ? [...value] : value));
  } catch (error) {
    const { code, message } = error as ImageError;
    return `${code}: ${message}`;
  }
}

const checkOnNode = ({ source }: Served): Promise<string> => tell(() => checkImage(source));

const exportOnNode = ({ source }: Served, options?: ExportOptions): Promise<string> =>
  tell(async () => {
    const hash = createHash("sha256");
    const sink = { write: (_at: number, bytes: Uint8Array) => void hash.update(bytes), commit() {} };
    return { ...(await exportImage(source, sink, options)), archive: hash.digest("hex") };
  });

/** Checks and exports each in a page, as on Node. @returns how many of them were refused, and how many not sound */
async function compare(images: readonly Served[], visit: Parameters<Parameters<typeof test>[1]>[0]): Promise<number[]> {
  const page = await visit.open(await bundled("export.ts", filesOf(images)));
  let refused = 0;
  let damaged = 0;
  for (const each of images) {
    const found = await checkOnNode(each);
    assert.is(await call(page, "check", each.paths), found, each.paths[0]);
    const archive = await exportOnNode(each);
    assert.is(await call(page, "exported", each.paths), archive, each.paths[0]);
    if (/^\d+: /.test(archive)) refused++;
    if (!found.startsWith('{"sound":true')) damaged++;
  }
  return [refused, damaged];
}

test("sound images, of all kinds", async (visit) => {
  const edges = [...edgeLayers].filter(([, layer]) => "sha256" in (layer.plain ?? {})).slice(0, 20);
  const images = [
    ...IMAGES.map((name) => image(name, smallImage(name))),
    ...(await Promise.all(edges.map(async ([name]) => image(name, (await makeHcsshimImage(edgeTar(name))).image)))),
    ...([1, 2] as const).map((version) => {
      const { cim: header, files } = goldenFiles(version);
      return cim(`golden-${version}`, header, files);
    }),
  ];
  const [refused] = await compare(images, visit);
  assert.ok(refused! < 2, `${refused} of ${images.length}`); // a tar cannot say all that an image can
});

test("damaged images: equal findings and refusals", async (visit) => {
  const images = Array.from({ length: 40 }, (_, number) => image(String(number), imageTrialOf(number).bytes));
  const [refused, damaged] = await compare(images, visit);
  assert.ok(refused! > 5 && damaged! > 20, `${refused} and ${damaged}`);
});

test("damaged CIMs: equal findings and refusals", async (visit) => {
  const images = Array.from({ length: 40 }, (_, number) => {
    const { header, files } = cimTrialOf(number);
    return cim(String(number), header, files);
  });
  const [refused, damaged] = await compare(images, visit);
  assert.ok(refused! > 5 && damaged! > 10, `${refused} and ${damaged}`);
});

test("options, a file as target, progress and a signal", async (visit) => {
  const large = image("large", (await makeImage(realisticTar(2000))).image);
  const { cim: header, files } = goldenFiles(2);
  const alone = cim("alone", header, new Map());
  const golden = cim("golden", header, files);
  const page = await visit.open(await bundled("export.ts", filesOf([large, alone, golden])));
  for (const options of [{ path: "/usr" }, { path: "/no/such" }, { whiteouts: "oci" }, { digests: false }] as const) {
    assert.is(await call(page, "exported", large.paths, options), await exportOnNode(large, options));
  }
  assert.is(
    await call(page, "exported", golden.paths, { path: "Files" }),
    await exportOnNode(golden, { path: "Files" }),
  );
  assert.is(await call(page, "exportedToFile", large.paths), await exportOnNode(large));
  assert.match(await call<string>(page, "check", alone.paths), /a CIM is several files/);
  const said = await call<{ check: number[]; exported: number[] }>(page, "progress", large.paths);
  assert.ok(said.check.every((done) => done >= 0 && done <= 1));
  assert.ok(said.exported.at(-1)! > 0);
  for (const outcome of await call<string[]>(page, "aborted", large.paths)) assert.match(outcome, /^(enough|done)$/);
});

exports.run();
