/** Properties of every layer of Windows: it becomes the tree that it describes, in whatever order it tells. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { buildHive, key } from "../fixtures/hive.ts";
import { random } from "../fixtures/random.ts";
import { times } from "../fixtures/runs.ts";
import { type Imported, importLayers } from "../fixtures/windows-import.ts";
import { eaChain, filetime } from "../fixtures/windows-metadata.ts";
import { DIRECTORY, type WindowsEntry, windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";
import { mutate } from "../fuzz/mutate.ts";

const property = suite("windows layer: property");

/** Directories and files have names of their own, so that nothing turns from one into the other. */
const directoryName = fc.constantFrom("d", "dé", "Ding", "d😀", "d space ");
const fileName = fc.constantFrom("f", "fÉ", "F.txt", "f😀", "f...", "NUL");
const directoryPath = fc.array(directoryName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const filePath = fc
  .tuple(fc.array(directoryName, { maxLength: 3 }), fileName)
  .map(([parts, name]) => [...parts, name].join("/"));

const bytes = fc.uint8Array({ maxLength: 40 });
const time = fc.bigInt({ min: -11_644_473_600n * 10n ** 9n, max: 10n ** 20n });
const described = fc.record({
  attributes: fc.nat(0x3f).map((bits) => bits & 0x27),
  mtime: time,
  atime: time,
  ctime: time,
  creationTime: time,
  eas: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[A-Z.$]{1,8}$/), bytes), {
    maxLength: 3,
    selector: ([name]) => name,
  }),
  streams: fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), bytes), {
    maxLength: 3,
    selector: ([name]) => name,
  }),
});

const directories = fc
  .tuple(directoryPath, described)
  .map(([path, more]) => windowsEntry("dir", path, { ...more, attributes: more.attributes | DIRECTORY }));
const files = fc
  .tuple(filePath, described, bytes)
  .map(([path, more, data]) => windowsEntry("file", path, { ...more, data }));
const links = fc
  .tuple(filePath, fc.nat(100))
  .map(([path, target]) => windowsEntry("hardlink", path, { target: String(target) }));

const upper = (path: string): string => path.toUpperCase();

/** Names each path once; links lead to files of it, perhaps through other links. */
const layer = fc
  .uniqueArray(fc.oneof(directories, files, files, links), { maxLength: 14, selector: ({ path }) => upper(path) })
  .map((entries): WindowsEntry[] => {
    const targets = entries.filter(({ kind }) => kind === "file");
    return entries.flatMap((item): WindowsEntry[] => {
      if (item.kind !== "hardlink") return [item];
      const target = targets[Number(item.target) % Math.max(targets.length, 1)];
      if (target === undefined) return [];
      targets.push(item);
      return [{ ...item, target: Number(item.target) % 2 === 0 ? target.path : target.path.toLowerCase() }];
    });
  });

const shuffled = (entries: WindowsEntry[]): fc.Arbitrary<WindowsEntry[]> =>
  fc.shuffledSubarray(entries, { minLength: entries.length });

const ancestors = (path: string): string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join("/"));

/** All but which file is which, but for which names are links to one. */
function plain({ files }: Imported): unknown {
  const first = new Map<number, string>();
  const sorted = [...files].sort(([a], [b]) => (upper(a) < upper(b) ? -1 : 1));
  for (const [path, { file }] of sorted) if (!first.has(file)) first.set(file, path);
  return sorted.map(([path, { file, streams, ...rest }]) => [path, first.get(file), [...streams].sort(), rest]);
}

property("is the tree that it describes", async () => {
  await fc.assert(
    fc.asyncProperty(layer, fc.integer({ min: 1, max: 2000 }), async (entries, piece) => {
      const { files } = await importLayers([windowsTar(entries)], { piece });
      const paths = new Set(entries.flatMap(({ path }) => [path, ...ancestors(path)]).map(upper));
      assert.equal([...files.keys()].filter(Boolean).map(upper).sort(), [...paths].sort());
      for (const entry of entries) {
        const found = files.get(entry.path)!;
        if (entry.kind === "hardlink") {
          const target = [...files].find(([path]) => upper(path) === upper(entry.target))![1];
          assert.is(found.file, target.file);
          continue;
        }
        assert.is(found.attributes, entry.attributes);
        assert.equal(
          [found.lastWriteTime, found.lastAccessTime, found.changeTime, found.creationTime],
          [entry.mtime, entry.atime!, entry.ctime!, entry.creationTime!].map(filetime),
        );
        assert.equal(found.data, Buffer.from(entry.data as Uint8Array));
        const eas = [...entry.eas].sort(([a], [b]) => (a < b ? -1 : 1));
        assert.equal(found.eas, eaChain(eas));
        assert.equal([...found.streams].sort(), entry.streams.map(([name, data]) => [name, Buffer.from(data)]).sort());
      }
    }),
    times(100),
  );
});

property("is the same tree in whatever order it tells", async () => {
  await fc.assert(
    fc.asyncProperty(
      layer.chain((entries) => fc.tuple(fc.constant(entries), shuffled(entries))),
      async ([entries, others]) => {
        assert.equal(plain(await importLayers([windowsTar(others)])), plain(await importLayers([windowsTar(entries)])));
      },
    ),
    times(100),
  );
});

/** A layer over another, and what it hides: names that it does not have itself, and what is in directories. */
const change = fc
  .tuple(layer, layer, fc.array(filePath, { maxLength: 3 }), fc.array(directoryPath, { maxLength: 2 }))
  .map(([below, entries, hidden, opaque]) => {
    // Links over inherited targets depend on what comes first, as they do when a layer is unpacked.
    const own = entries.filter(({ kind }) => kind !== "hardlink");
    const has = new Set(own.map(({ path }) => upper(path)));
    const gone = hidden.filter((path) => !has.has(upper(path)));
    return { below, own, gone, opaque };
  });

const whiteoutOf = (path: string): WindowsEntry => windowsEntry("file", path.replace(/[^/]*$/, ".wh.$&"));
const opaqueOf = (path: string): WindowsEntry => windowsEntry("file", `${path}/.wh..wh..opq`);

property("over another hides of it what it says, in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(
      change.chain((all) => {
        const entries = [...all.own, ...all.gone.map(whiteoutOf), ...all.opaque.map(opaqueOf)];
        return fc.tuple(fc.constant(all), fc.constant(entries), shuffled(entries));
      }),
      async ([{ below, own, gone, opaque }, entries, others]) => {
        const result = await importLayers([below, entries].map(windowsTar));
        assert.equal(plain(await importLayers([below, others].map(windowsTar))), plain(result));
        const hidden = (path: string): boolean =>
          gone.some((each) => upper(each) === path) || opaque.some((each) => path.startsWith(`${upper(each)}/`));
        const whole = (all: WindowsEntry[]): string[] =>
          all.flatMap(({ path }) => [path, ...ancestors(path)]).map(upper);
        const expected = new Set([...whole(below).filter((path) => !hidden(path)), ...whole(own)]);
        assert.equal([...result.files.keys()].filter(Boolean).map(upper).sort(), [...expected].sort());
        for (const { path, kind, data } of own) {
          if (kind === "file") assert.equal(result.files.get(path)!.data, Buffer.from(data as Uint8Array));
        }
      },
    ),
    times(100),
  );
});

property.run();

const fuzz = suite("windows layer: fuzz");

const hive = buildHive(key("ROOT", { subkeys: [key("a"), key("b")] }));

/** What has all that a layer of Windows may have. */
const rich = windowsTar([
  windowsEntry("dir", "Files", { sddl: "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;;0x1200a9;;;BU)" }),
  windowsEntry("file", "Files/a.txt", {
    data: Buffer.from("text"),
    eas: [["FOO", Buffer.from("bar")]],
    streams: [
      ["zone", Buffer.from("AB")],
      ["b:$DATA", Buffer.alloc(600)],
    ],
    securityDescriptor: Buffer.from("0100008014000000000000000000000000000000010100000000000512000000", "hex"),
  }),
  windowsEntry("symlink", "Files/ln", { target: "C:/a", atime: -5n, ctime: 10n ** 18n, creationTime: 7n }),
  windowsEntry("junction", "Files/j", { target: "//?/Volume{1}/" }),
  windowsEntry("hardlink", "Files/b", { target: "Files/c" }),
  windowsEntry("hardlink", "Files/c", { target: "Files/a.txt" }),
  windowsEntry("file", "Files/.wh.gone"),
  windowsEntry("dir", "Files/dir"),
  windowsEntry("file", "Files/dir/.wh..wh..opq"),
  windowsEntry("fifo", "Files/dir/pipe"),
  windowsEntry("file", "Files/Windows/System32/config/SYSTEM", { data: Buffer.from("regf") }),
  windowsEntry("file", "Hives/SAM_DELTA", { data: hive }),
  windowsEntry("file", `Files/${"long/".repeat(40)}é`, { data: { size: 9000, pieces: [[5000, Buffer.from("x")]] } }),
]);
const below = windowsTar([
  windowsEntry("file", "Files/gone"),
  windowsEntry("file", "files/DIR/old/deep"),
  windowsEntry("file", "Files/A.TXT"),
  windowsEntry("dir", "Files/ln"),
  windowsEntry("file", "Hives/SAM_BASE", { data: hive }),
]);

fuzz("damaged layers end in a tree or in an ImageError that is not Internal", async () => {
  assert.is((await importLayers([below, rich])).mergedHives, 1);
  const verdicts = new Map<string, number>();
  for (let number = 0; number < 1000; number++) {
    const next = random(number);
    const verdict = await importLayers([below, mutate(rich, below, next)]).then(
      () => "a tree",
      (error: unknown) => {
        assert.ok(error instanceof ImageError && error.code !== ErrorCode.Internal, `trial ${number}: ${error}`);
        return ErrorCode[error.code]!;
      },
    );
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  // Damage that never matters, or always, would test nothing.
  for (const verdict of ["a tree", "Corrupt"]) assert.ok(verdicts.get(verdict)! > 20, verdict);
});

fuzz.run();
