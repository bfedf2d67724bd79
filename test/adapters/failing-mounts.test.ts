/** After a mount that fails nothing is left, and it says why. */
import { chmodSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/index.ts";
import { mount } from "../fixtures/mount.ts";
import { noise } from "../fixtures/random.ts";
import { rejects } from "../fixtures/rejects.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { mke2fs } from "../oracles/mke2fs.ts";
import { devicesLeft, mounts, takeOffAll } from "../oracles/mounts.ts";
import { ask, present } from "../oracles/oracle.ts";

const MIB = 2 ** 20;
const openFiles = (): number => readdirSync("/proc/self/fd").length;

const failing = suite("linux: mounts that fail");
failing.after.each(takeOffAll);

if (present(mounts, failing)) {
  const good = mke2fs.make("-t ext4", 4 * MIB);
  const garbage = scratchFile("garbage", noise(MIB));
  const damaged = readFileSync(good);
  damaged.writeUInt32LE(0xffffffff, 1024 + 4); // blocks of the filesystem
  const nowhere = scratchPath("nowhere");

  const CASES: [why: string, type: string, source: string, options: string[], code: ErrorCode, says: RegExp][] = [
    [
      "an option of nobody's",
      "ext4",
      good,
      ["ro", "loop", "no_such=1"],
      ErrorCode.InvalidArgument,
      /EINVAL: ext4: .*no_such/,
    ],
    [
      "too long a value",
      "tmpfs",
      "tmpfs",
      [`mode=${"0".repeat(300)}7`],
      ErrorCode.InvalidArgument,
      /mode has 301 bytes/,
    ],
    ["another program's option", "ext4", good, ["loop", "X-mount.mkdir"], ErrorCode.InvalidArgument, /X-mount\.mkdir/],
    ["no filesystem", "ext4", garbage, ["ro", "loop"], ErrorCode.InvalidArgument, /EINVAL: the kernel's log/],
    [
      "a damaged one",
      "ext4",
      scratchFile("damaged", damaged),
      ["ro", "loop"],
      ErrorCode.Corrupt,
      /EBADMSG: a checksum/,
    ],
    ["no image", "ext4", nowhere, ["ro", "loop"], ErrorCode.NotFound, /nowhere: no such file/],
    [
      "a folder as an image",
      "ext4",
      scratchFolder(),
      ["ro", "loop"],
      ErrorCode.InvalidArgument,
      /is neither a regular/,
    ],
    ["a file without a loop device", "ext4", good, ["ro"], ErrorCode.InvalidArgument, /option "loop" makes one/],
    [
      "a type that only Windows has",
      "lcow-layer",
      good,
      ["ro"],
      ErrorCode.Unavailable,
      /lcow-layer: ENODEV: this kernel/,
    ],
    ["a folder that is not there", "bind", nowhere, ["rbind"], ErrorCode.NotFound, /nowhere: ENOENT/],
    ["a zero in a name", "bind", "/tmp\0/..", ["rbind"], ErrorCode.InvalidArgument, /zero byte/],
    ["nothing to remount", "none", "", ["remount", "ro"], ErrorCode.InvalidArgument, /EINVAL/],
  ];
  for (const [why, type, source, options, code, says] of CASES) {
    failing(`leave nothing, and say why: ${why}`, async () => {
      const [files, target] = [openFiles(), scratchFolder()];
      const { message } = await rejects(mount(type, source, options, target), code);
      assert.match(message, says);
      assert.is(message.split("\n").length, 1);
      assert.is(mounts.at(target), undefined);
      if (!source.includes("\0")) assert.equal(devicesLeft(source), []);
      assert.ok(openFiles() <= files);
    });
  }

  failing("leave no device where the place is wrong", async () => {
    const link = scratchPath("link");
    symlinkSync(scratchFolder(), link);
    for (const [target, code] of [
      [nowhere, ErrorCode.NotFound],
      [garbage, ErrorCode.InvalidArgument],
      [link, ErrorCode.InvalidArgument],
    ] as const) {
      const { message } = await rejects(mount("ext4", good, ["ro", "loop"], target), code);
      assert.match(message, target);
      assert.equal(devicesLeft(good), []);
    }
  });

  failing("name the rights that are missing", () => {
    const target = scratchFolder();
    chmodSync(dirname(dirname(good)), 0o711); // where all scratch files are
    for (const [type, source, options] of [
      ["ext4", good, ["ro", "loop"]],
      ["bind", "/usr", ["rbind"]],
      ["overlay", "overlay", ["lowerdir=/usr:/etc"]],
      ["none", "", ["remount", "ro"]],
    ]) {
      const script = `
        import { linux } from ${JSON.stringify(inRepository("build/src/adapters/linux/platform.js"))};
        process.setgroups([]); process.setgid(65534); process.setuid(65534);
        const mount = ${JSON.stringify({ type, source, target: "", options })};
        const mounter = await linux.mounter();
        const tell = ({ code, message }) => console.log(\`\${code} \${message}\`);
        await mounter.mount(mount, ${JSON.stringify(type === "none" ? "/proc" : target)}).catch(tell);
        await mounter.unmount("/proc").catch(tell);
      `;
      const lines = ask(process.execPath, ["--input-type=module", "-e", script]).trim().split("\n");
      assert.is(lines.length, 2, `${type}: ${lines}`);
      for (const line of lines) assert.match(line, /^5 .*(?:EPERM|EACCES): needs root \(CAP_SYS_ADMIN\)$/, line);
    }
    assert.is(mounts.at(target), undefined);
  });
}
failing.run();
