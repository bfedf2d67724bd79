/** Where files stand in archives: those of every archiver, and those of many GiB. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openContainerImage } from "../../src/index.ts";
import { asFolder, Blobs, configOf, digestOf, layerOf, toJson } from "../fixtures/container-image.ts";
import { needing } from "../fixtures/needing.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { bytesOfSource } from "../fixtures/source-bytes.ts";
import { archive, base256, header, member, padded, paxRaw, paxRecord } from "../fixtures/tar-builder.ts";
import { missing, type Oracle, present } from "../oracles/oracle.ts";

const archivers = suite("container images: archivers");

const layers = ["one", "two", "three"].map((name) => layerOf(name, name.repeat(700)));

/** Names past what a header holds, and past ASCII; the second layer is a symbolic link, the third a hard link. */
const names = [`${"d".repeat(90)}/${"e".repeat(60)}/layer.tar`, "ü/layer.tar", `${"l".repeat(90)}.tar`];

/** What docker saved, unpacked. */
function savedFolder(): string {
  const list = [{ Config: "c.json", RepoTags: ["x:1"], Layers: names }];
  const folder = asFolder(
    new Map([
      ["c.json", toJson(configOf(layers))],
      ["manifest.json", toJson(list)],
      [names[0]!, layers[0]!],
      ["a/two", layers[1]!],
      ["a/three", layers[2]!],
    ]),
  );
  mkdirSync(dirname(join(folder, names[1]!)), { recursive: true });
  symlinkSync("../a/two", join(folder, names[1]!));
  linkSync(join(folder, "a/three"), join(folder, names[2]!));
  return folder;
}

const PYTHON = `
import sys, tarfile
with tarfile.open(sys.argv[1], "w", format=getattr(tarfile, sys.argv[3])) as tar: tar.add(sys.argv[2], ".")`;

const ARCHIVERS: [program: string, debian: string, words: (to: string, from: string) => string[]][] = [
  ...["gnu", "oldgnu", "pax", "ustar"].map((format): (typeof ARCHIVERS)[number] => [
    "tar",
    "tar",
    (to, from) => [`--format=${format}`, "-cf", to, "-C", from, "."],
  ]),
  [
    "tar",
    "tar",
    (to, from) => [
      "--format=pax",
      "--xattrs",
      "--no-recursion",
      "-cf",
      to,
      "-C",
      from,
      "a",
      "a/two",
      "a/three",
      "ü",
      ...names,
      "c.json",
      "manifest.json",
    ],
  ],
  ...["ustar", "pax", "gnutar"].map((format): (typeof ARCHIVERS)[number] => [
    "bsdtar",
    "libarchive-tools",
    (to, from) => [`--format=${format}`, "-cf", to, "-C", from, "."],
  ]),
  ["busybox", "busybox-static", (to, from) => ["tar", "-cf", to, "-C", from, "."]],
  ...["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"].map((format): (typeof ARCHIVERS)[number] => [
    "python3",
    "python3",
    (to, from) => ["-c", PYTHON, to, from, format],
  ]),
];

for (const [program, debian, words] of ARCHIVERS) {
  const oracle: Oracle = {
    name: program,
    missing: missing(program, debian, program === "busybox" ? "--help" : "--version"),
  };
  if (!present(oracle, archivers)) continue;
  const shape = words("TO", "FROM").filter((word) => /^--format|_FORMAT|^--no/.test(word));
  needing("symbolic links", archivers)(`${program} ${shape.join(" ")}: each file is where it stands`, async () => {
    const to = scratchPath("image.tar");
    execFileSync(program, words(to, savedFolder()), { env: { ...process.env, LC_ALL: "C.UTF-8" } });
    const image = await openContainerImage(to);
    for (const [i, { source }] of image.layers.entries()) {
      assert.is(source.path, to);
      assert.ok((await bytesOfSource(source)).equals(layers[i]!), names[i]);
    }
  });
}

/** The blobs of a small image, as members whose sizes are written in binary. */
const blobs = new Blobs();
const root = blobs.image(layers);
const layout = blobs.layout([root]);

archivers("sizes may be written in binary", async () => {
  const parts = [...layout].map(([name, bytes]) =>
    Buffer.concat([header({ name, raw: [[124, base256(bytes.length, 12)]] }), padded(bytes)]),
  );
  const path = scratchPath("image.tar");
  writeFileSync(path, archive(parts));
  assert.is((await openContainerImage(path)).digest, root.digest);
});

archivers("names may be told by Solaris's extended headers", async () => {
  const parts = [...layout].map(([name, bytes]) =>
    Buffer.concat([paxRaw(paxRecord("path", name), "x", { type: "X" }), member({ name: "cut" }, bytes)]),
  );
  const path = scratchPath("image.tar");
  writeFileSync(path, archive(parts));
  assert.is((await openContainerImage(path)).digest, root.digest);
});

needing("holes that are told of", archivers)("files stand behind one of 9 GiB, which is not read", async () => {
  const huge = 9 * 2 ** 30;
  const path = scratchPath("image.tar");
  const fd = openSync(path, "w");
  writeSync(fd, header({ name: "blobs/huge", size: huge }), 0, 512, 0);
  const rest = archive([...layout].map(([name, bytes]) => member({ name }, bytes)));
  writeSync(fd, rest, 0, rest.length, 512 + huge);
  ftruncateSync(fd, 512 + huge + rest.length);
  closeSync(fd);

  const before = process.cpuUsage(); // not the clock's: other tests run beside it
  const image = await openContainerImage(path);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1_000_000, `${user + system} µs`);
  assert.is(image.digest, root.digest);
  for (const { source, digest } of image.layers) {
    assert.ok(source.position > huge);
    assert.is(digestOf(await bytesOfSource(source)), digest);
  }
});

archivers.run();
