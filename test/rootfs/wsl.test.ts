/** A distribution for WSL: a disk that others read, with what WSL is to know of the container image. */
import { readFileSync, statSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage, convertDisk, type Image, openImage } from "../../src/index.ts";
import { BOOTABLE } from "../fixtures/bootable-image.ts";
import { asFolder } from "../fixtures/container-image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { type Content, layoutFiles } from "../fixtures/one-image.ts";
import { runLayerkiln } from "../fixtures/program.ts";
import { scratchFile, scratchPath } from "../fixtures/scratch.ts";
import { comparable } from "../oracles/apply-layer.ts";
import { e2fsck } from "../oracles/e2fsck.ts";
import { guest, runInGuest } from "../oracles/guest.ts";
import { layerFolders } from "../oracles/layer-folders.ts";
import { loopMount } from "../oracles/loop-mount.ts";
import { ask, present } from "../oracles/oracle.ts";
import { qemuImg } from "../oracles/qemu-img.ts";
import { assertSameTree } from "../oracles/tree.ts";

const MIB = 2 ** 20;
const TIB = 2 ** 40;
const PROFILE = "/etc/profile.d/container-image.sh";

interface Made {
  path: string;
  stdout: string;
  stderr: string;
}

function makeDistribution(content: Content, words: string[] = []): Made {
  const path = scratchPath("distribution.vhdx");
  const answer = runLayerkiln(["wsl", asFolder(layoutFiles(content)), "-o", path, ...words]);
  assert.is(answer.status, 0, answer.stderr);
  return { path, ...answer };
}

async function inside<T>(path: string, look: (image: Image) => T): Promise<T> {
  const image = await openImage(path);
  try {
    return look(image);
  } finally {
    image.close();
  }
}

const textOf = (image: Image, path: string): string => Buffer.concat([...image.read(path)]).toString();
const file = (path: string, text: string, mode = 0o644) => entry("file", path, { data: Buffer.from(text), mode });

const PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/:/bin/sh\n";
const small = (config: Record<string, unknown>, ...more: ReturnType<typeof file>[]): Content => ({
  layers: [layerTar([file("bin/sh", "", 0o755), file("etc/passwd", PASSWD), ...more])],
  config,
});

const wsl = suite("layerkiln wsl");

wsl("is a disk of 1 TiB in a file of a few MiB, with a journal, and sound", async () => {
  const { path, stdout, stderr } = makeDistribution(BOOTABLE);
  assert.ok(statSync(path).size < 32 * MIB);
  assert.match(stdout, `${path}: ${statSync(path).size} bytes`);
  assert.match(stdout, "of 3 layers");
  assert.is(stderr, "");
  await inside(path, (image) => {
    const { containers, filesystem } = image.inspect();
    assert.equal(containers, ["vhdx"]);
    assert.is(filesystem.size, TIB);
    assert.ok(filesystem.features.includes("has_journal"));
    assert.is(textOf(image, "/etc/wsl.conf"), "[user]\ndefault=app\n");
    assert.match(textOf(image, PROFILE), "export GREETING='hello'\n");
  });
  assert.equal((await checkImage(path)).findings, []);
});

wsl("keeps what the container image has of its own: its users, and its wsl.conf", async () => {
  const own = "[boot]\nsystemd=true\n";
  const { path } = makeDistribution(small({ User: "app" }, file("etc/wsl.conf", own)));
  await inside(path, (image) => {
    assert.is(textOf(image, "/etc/wsl.conf"), own);
    assert.is(textOf(image, "/etc/passwd"), PASSWD);
  });
});

wsl("has root where the container image has no users, and no wsl.conf where it says nothing", async () => {
  const { path } = makeDistribution({ layers: [layerTar([file("bin/sh", "", 0o755)])] });
  await inside(path, (image) => {
    assert.match(textOf(image, "/etc/passwd"), /^root:x:0:0:.*:\/bin\/sh\n$/);
    assert.throws(() => image.stat("/etc/wsl.conf"));
    assert.throws(() => image.stat(PROFILE));
  });
});

const HINTS: [why: string, content: Content, hint: RegExp | undefined][] = [
  ["nothing where all is there", small({ User: "app", Env: ["A=b"] }), undefined],
  ["a user that is not there", small({ User: "nobody" }), /names no user "nobody"/],
  ["a user by number", small({ User: "1000" }), /runs as user 1000/],
  [
    "a user by a name with other signs",
    small({ User: "dom\\user" }),
    /runs as user dom.*user, and WSL takes plain names only/,
  ],
  ["a shell that is not there", { layers: [layerTar([file("etc/passwd", PASSWD)])] }, /\/bin\/sh is not there/],
  [
    "a shell that lets nobody in",
    {
      layers: [layerTar([file("sbin/nologin", "", 0o755), file("etc/passwd", "www:x:33:33::/:/sbin/nologin\n")])],
      config: { User: "www" },
    },
    /\/sbin\/nologin lets nobody in, the shell of "www"; wsl -u root does/,
  ],
  [
    "the shell that the first line of a user has",
    { layers: [layerTar([file("etc/passwd", "root:x:0:0::/:/bin/first\nroot:x:0:0::/:/bin/last\n")])] },
    /\/bin\/first is not there/,
  ],
  ["variables that are left out", small({ Env: ["HOME=/x", "UID=7", "A=b"] }), /HOME, UID\n/],
  ["nothing that a terminal would obey", small({ Env: ["\x1b[2Jx=1"] }), /: \\x1b\[2Jx\n/],
];

for (const [why, content, hint] of HINTS) {
  wsl(`says on standard error: ${why}`, () => {
    const { stderr } = makeDistribution(content);
    if (hint === undefined) assert.is(stderr, "");
    else assert.match(stderr, hint);
    assert.is(makeDistribution(content, ["--quiet"]).stderr, "");
  });
}

wsl("says all of it as JSON", () => {
  const { stdout } = makeDistribution(small({ User: "nobody" }), ["--json", "--size", "2G", "--label", "debian"]);
  const { containerImage, user, lacks } = JSON.parse(stdout);
  assert.is(containerImage.layers.length, 1);
  assert.is(user, "nobody");
  assert.is(lacks.length, 1);
});

wsl("makes the same bytes of the same container image", () => {
  const [one, other] = [0, 1].map(() => readFileSync(makeDistribution(BOOTABLE).path));
  assert.ok(one!.equals(other!));
});

if (present(qemuImg, wsl)) {
  wsl("qemu finds a sound VHDX of 1 TiB", () => {
    const { path } = makeDistribution(BOOTABLE);
    assert.is(qemuImg.complaints(path), "");
    assert.is(qemuImg.virtualSize(path, "vhdx"), TIB);
  });
}

if (present(loopMount, wsl) && present(layerFolders, wsl) && present(e2fsck, wsl)) {
  wsl("has the tree of the container image, and two files more", async () => {
    const plain = scratchPath("distribution.img");
    await convertDisk(makeDistribution(BOOTABLE).path, plain);
    assert.equal(e2fsck.complaints(plain), []);
    const tree = comparable(loopMount.tree(plain));
    for (const path of ["lost+found", "etc/wsl.conf", PROFILE.slice(1), "etc/profile.d"])
      assert.ok(tree.delete(path), path);
    assertSameTree(tree, comparable(layerFolders.tree(BOOTABLE.layers.map((layer) => scratchFile("l.tar", layer)))));
  });

  wsl("gives login shells the environment", async () => {
    const hostile = 'it\'s "$(touch /pwned)" `x` \\ \n#';
    const content = small({ Env: ["PATH=/opt/bin", `ODD=${hostile}`] });
    const plain = scratchPath("distribution.img");
    await convertDisk(makeDistribution(content, ["--size", "64M"]).path, plain);
    loopMount.writable(plain, (folder) => {
      const read = `. ${folder}${PROFILE}; exec /usr/bin/env -0`;
      const environment = ask("env", ["-i", "PATH=/usr/bin", "/bin/sh", "-euc", read]).split("\0");
      assert.ok(environment.includes(`ODD=${hostile}`));
      assert.ok(environment.includes("PATH=/opt/bin:/usr/bin"));
    });
  });
}

if (present(guest, wsl) && present(qemuImg, wsl) && present(e2fsck, wsl)) {
  wsl("another kernel writes to it, and leaves it sound", async () => {
    const { path } = makeDistribution(BOOTABLE);
    const script = `
      mount -t ext4 /dev/vda /m && chroot /m /bin/sh -c '. ${PROFILE}; echo "$GREETING" > /srv/here'
      dd if=/dev/zero of=/m/srv/zeros bs=1M count=20 2> /dev/null; df -k /m | tail -n 1 | awk '{ print int($2 / 1048576) }'
      umount /m`;
    const gib = Number(runInGuest(script, [{ path, format: "vhdx", writable: true }]));
    assert.ok(gib > 1000, `${gib} GiB`);
    assert.is(qemuImg.complaints(path), "");
    await inside(path, (image) => assert.is(textOf(image, "/srv/here"), "hello\n"));
    assert.equal((await checkImage(path)).findings, []);
  });
}

wsl.run();
