/** What a configuration becomes in files: for inits as JSON, for WSL as its own. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configLayer } from "../../src/host/boot/config-layer.ts";
import { wslLayers } from "../../src/host/boot/wsl-layers.ts";
import type { ExecutionConfig, ImageConfig } from "../../src/host/oci/image-config.ts";
import { ErrorCode } from "../../src/index.ts";
import { contentOf } from "../fixtures/layer.ts";
import { refuses } from "../fixtures/refuses.ts";
import { readTar } from "../oracles/tar-reader.ts";

const CREATED = "2024-05-06T07:08:09.5Z";

function imageOf(config: ExecutionConfig): ImageConfig {
  const rootfs = { type: "layers", diff_ids: [] } as const;
  return { architecture: "amd64", os: "linux", created: CREATED, config, rootfs, history: [] };
}

/** The entries of a layer, a line each, and the content of all. */
function read(layer: Uint8Array): { entries: string[]; content: string } {
  const entries = readTar(layer, "posix");
  return {
    entries: entries.map(({ kind, mode, uid, gid, mtime, path }) => {
      const time = new Date(Number(mtime / 1_000_000n)).toISOString();
      return `${kind} ${mode.toString(8)} ${uid}:${gid} ${time} ${path}`;
    }),
    content: Buffer.concat(entries.map(({ data }) => contentOf(data))).toString(),
  };
}

const forInits = suite("configuration layer");

forInits("is one file, of the time when the image was made", () => {
  const { entries } = read(configLayer(imageOf({}), "/etc/./image.json"));
  assert.equal(entries, ["file 644 0:0 2024-05-06T07:08:09.500Z etc/image.json"]);
});

forInits("has the members as the specification writes them, in one order", () => {
  const config: ExecutionConfig = {
    Volumes: ["/b", "/a"],
    Labels: { z: "last", a: "é\n" },
    ExposedPorts: ["80/tcp"],
    StopSignal: "SIGINT",
    WorkingDir: "/srv",
    Cmd: ["-v"],
    Entrypoint: ["/bin/app", "$(x)"],
    Env: ["PATH=/bin", "B=2", "A=1"],
    User: "app:staff",
  };
  const expected = {
    User: "app:staff",
    Env: ["PATH=/bin", "B=2", "A=1"],
    Entrypoint: ["/bin/app", "$(x)"],
    Cmd: ["-v"],
    WorkingDir: "/srv",
    StopSignal: "SIGINT",
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/a": {}, "/b": {} },
    Labels: { a: "é\n", z: "last" },
  };
  assert.is(read(configLayer(imageOf(config), "c")).content, `${JSON.stringify(expected, null, 2)}\n`);
});

forInits("has no member that is not said, and one for every one that is empty", () => {
  assert.is(read(configLayer(imageOf({}), "c")).content, "{}\n");
  assert.is(read(configLayer(imageOf({ Cmd: [] }), "c")).content, '{\n  "Cmd": []\n}\n');
});

forInits("is of 1970 where no time is known, or none that is one", () => {
  for (const created of [undefined, "yesterday", "0001-01-01T00:00:00Z"]) {
    const { created: _, ...image } = imageOf({});
    const { entries } = read(configLayer({ ...image, ...(created && { created }) }, "c"));
    assert.match(entries[0]!, " 1970-01-01T00:00:00.000Z c");
  }
});

for (const path of ["", "/", "etc/", "../x", "a/../../x", "a/.wh.b", ".wh.d/x", "a\0b"]) {
  forInits(`refuses the path ${JSON.stringify(path)}`, () => {
    refuses(() => configLayer(imageOf({}), path), ErrorCode.InvalidArgument, /is not the path of a file$/);
  });
}

forInits.run();

const forWsl = suite("layers for WSL");

const USERS: [why: string, user: string | undefined, name: string | undefined, number: string | undefined][] = [
  ["none is root", undefined, undefined, undefined],
  ["a name", "app", "app", undefined],
  ["a name and a group", "www-data:staff", "www-data", undefined],
  ["a number", "1000", undefined, "1000"],
  ["a number and a group", "65532:65532", undefined, "65532"],
  ["the number of root", "0:0", undefined, undefined],
  ["no name: a quote", 'a"b', undefined, 'a"b'],
  ["no name: a line of its own", "a\n[boot]\ncommand=reboot", undefined, "a\n[boot]\ncommand=reboot"],
  ["no name: a comment", "a#b", undefined, "a#b"],
];

for (const [why, user, name, other] of USERS) {
  forWsl(`user: ${why}`, () => {
    const told = wslLayers(imageOf(user === undefined ? {} : { User: user }));
    assert.is(told.user, name);
    assert.is(told.otherUser, other);
    const { content } = read(told.beneath);
    assert.is(content, `root:x:0:0:root:/:/bin/sh\n${name === undefined ? "" : `[user]\ndefault=${name}\n`}`);
  });
}

forWsl("the environment stands above, in a file that login shells read", () => {
  const { entries, content } = read(wslLayers(imageOf({ Env: ["LANG=C.UTF-8"] })).above);
  assert.equal(entries, ["file 644 0:0 2024-05-06T07:08:09.500Z etc/profile.d/container-image.sh"]);
  assert.match(content, "export LANG='C.UTF-8'\n");
});

forWsl("where there is none, nothing stands above", () => {
  assert.equal(read(wslLayers(imageOf({})).above), { entries: [], content: "" });
});

forWsl.run();
