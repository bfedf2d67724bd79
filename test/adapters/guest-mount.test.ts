/** On an older kernel, which takes an overlay's layers in one line only, mounts are the same. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage } from "../fixtures/image.ts";
import { entry, type LayerEntry, layerTar, toByteString } from "../fixtures/layer.ts";
import { inRepository } from "../fixtures/repository.ts";
import { scratchFile } from "../fixtures/scratch.ts";
import { guest, runInGuest } from "../oracles/guest.ts";
import { ask, present } from "../oracles/oracle.ts";

/** Files of this machine that Node needs to run this library in another: a root filesystem. */
function rootEntries(): LayerEntry[] {
  const libraries = [...ask("ldd", [process.execPath]).matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path!);
  const ours = ["package.json", "build/src", "build/assembly", "node_modules/koffi", "node_modules/@koromix"];
  const files = [
    ...libraries.map((path): [from: string, to: string] => [path, path]),
    [process.execPath, "/node"] as [string, string],
    ...ours.flatMap((path) => filesIn(inRepository(path))).map((path): [string, string] => [path, inRoot(path)]),
  ];
  const folders = ["/proc", "/dev", "/sys", "/tmp"].map((path) => entry("dir", path.slice(1)));
  return [
    ...folders,
    ...files.map(([from, to]) =>
      entry("file", toByteString(Buffer.from(to.slice(1))), { data: readFileSync(from), mode: 0o755 }),
    ),
  ];
}

const inRoot = (path: string): string => `/${relative(inRepository("."), path)}`;

function filesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
}

/** Run by Node in the machine. Says a line for each thing that was right. */
const SCRIPT = `
import { linux } from "/build/src/adapters/linux/platform.js";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const mounter = await linux.mounter();
const say = (...words) => console.log(words.join(" "));
let count = 0;
const folder = (name) => {
  const path = "/tmp/" + count++ + "/" + name;
  mkdirSync(path, { recursive: true });
  return path;
};
const layer = (name, file) => {
  const path = folder(name);
  writeFileSync(path + "/" + file, "");
  return path;
};
const escapePath = (path) => path.replace(/[\\\\:]/g, "\\\\$&");
const mount = async (type, source, options) => {
  const target = folder("target");
  await mounter.mount({ type, source, target: "", options }, target);
  return target;
};
const overlay = (layers, options = []) => mount("overlay", "overlay", ["lowerdir=" + layers.map(escapePath).join(":"), ...options]);
const seen = (path) => readdirSync(path).sort().join();

say("names", seen(await overlay([layer("a:b", "one"), layer("c\\\\d", "two"), layer("e,f", "three")])));
const upper = layer("u:p\\\\p,r", "above");
const changed = await overlay([layer("plain", "below")], ["upperdir=" + escapePath(upper), "workdir=" + folder("work"), "nosuid"]);
rmSync(changed + "/below");
writeFileSync(changed + "/new", "");
say("changes", seen(changed), seen(upper));
const many = Array.from({ length: 128 }, (_, index) => layer("long".repeat(50), "file" + index));
const large = await overlay(many, ["ro"]);
say("layers", readdirSync(large).length, await mounter.unmount(large), await mounter.unmount(large));
const tell = ({ code, message }) => say(code, message.replace(/.*: /, ""));
await overlay(many.slice(0, 2), ["no_such_option=1"]).catch(tell);
await overlay(Array.from({ length: 500 }, () => many[0])).catch(tell);

const source = folder("source");
mkdirSync(source + "/below");
await mounter.mount({ type: "tmpfs", source: "tmpfs", target: "", options: ["nodev"] }, source + "/below");
const bound = await mount("bind", source, ["rbind", "ro"]);
for (const place of [bound, bound + "/below"]) {
  try { writeFileSync(place + "/new", ""); } catch (error) { say("bind", error.code); }
}
writeFileSync("/tmp/image", readFileSync("/image"));
const image = await mount("ext4", "/tmp/image", ["ro", "loop", "nosuid"]);
say("ext4", seen(image), await mounter.unmount(image));
await mount("ext4", "/tmp/image", ["ro", "loop", "no_such=1"]).catch(tell);
say("loop", readFileSync("/sys/block/loop0/size", "utf8").trim());
`;

const older = suite("linux: before 6.7");

if (present(guest, older)) {
  older("overlays, bind mounts and loop devices are the same", async () => {
    const { image } = await makeImage(layerTar([entry("file", "hello")]));
    const root = await makeImage(
      layerTar([
        ...rootEntries(),
        entry("file", "image", { data: image }),
        entry("file", "script.mjs", { data: Buffer.from(SCRIPT) }),
      ]),
    );
    const said = runInGuest(
      `dmesg -n 1; uname -r | cut -d . -f 1-2
       mount -t ext4 -o ro /dev/vda /m && mount -t tmpfs tmp /m/tmp && mount -t proc proc /m/proc
       mount -t sysfs sys /m/sys && mount -t devtmpfs dev /m/dev && chroot /m /node /script.mjs 2>&1`,
      [{ path: scratchFile("root.img", root.image), format: "raw" }],
      { modules: ["overlay", "loop"], memory: 1024 },
    );
    const [version, ...lines] = said
      .trimEnd()
      .replace(/\d+ bytes/, "many bytes")
      .split("\n");
    assert.ok(Number.parseFloat(version!) < 6.7, `the guest's kernel is ${version}, and can do what ours can`);
    assert.equal(lines, [
      "names one,three,two",
      "changes above,new above,below,new",
      "layers 128 true false",
      "1 overlayfs refuses it; the kernel's log (dmesg) says why",
      "7 500 layers need many bytes of options; before Linux 6.7 it takes 4095",
      "bind EROFS",
      "bind EROFS",
      "ext4 hello,lost+found true",
      "1 Unknown parameter 'no_such'",
      "loop 0",
    ]);
  });
}

older.run();
