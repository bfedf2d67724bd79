/** Options of a mount go to whom they are for. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { MOUNT_ATTR, MS_PROPAGATION } from "../../src/adapters/linux/libc.ts";
import { type MountOptions, parseOptions } from "../../src/adapters/linux/mount-options.ts";
import { ErrorCode } from "../../src/index.ts";
import { refuses } from "../fixtures/refuses.ts";

const { RDONLY, NOSUID, NODEV, NOATIME, STRICTATIME, ATIME, NODIRATIME } = MOUNT_ATTR;
const NOTHING: MountOptions = { set: 0, clear: 0, flags: [], data: [], remount: false };
const LOOP = { readOnly: false, directIo: false, offset: 0, sizeLimit: 0 };

const CASES: [why: string, options: string[], expected: Partial<MountOptions>][] = [
  ["nothing", [], {}],
  ["defaults", ["defaults"], {}],
  ["a flag of the mount", ["nosuid", "nodev"], { set: NOSUID | NODEV }],
  ["read-only is for both", ["ro"], { set: RDONLY, flags: ["ro"] }],
  ["the last of two counts", ["ro", "rw"], { clear: RDONLY, flags: ["ro", "rw"] }],
  ["the last of two counts, the other way", ["rw", "ro"], { set: RDONLY, flags: ["rw", "ro"] }],
  ["access times exclude one another", ["noatime", "strictatime"], { set: STRICTATIME, clear: ATIME }],
  ["but not those of directories", ["noatime", "nodiratime"], { set: NOATIME | NODIRATIME, clear: ATIME }],
  ["flags of every filesystem", ["sync", "lazytime"], { flags: ["sync", "lazytime"] }],
  ["data of one", ["lowerdir=a=b:c,d", "volatile"], { data: [["lowerdir", "a=b:c,d"], ["volatile"]] }],
  ["an empty value", ["upperdir="], { data: [["upperdir", ""]] }],
  ["bind", ["bind", "ro"], { bind: "one", set: RDONLY, flags: ["ro"] }],
  ["rbind", ["rbind", "rw"], { bind: "recursive", clear: RDONLY, flags: ["rw"] }],
  ["remount", ["remount"], { remount: true }],
  ["propagation", ["shared"], { propagation: { type: MS_PROPAGATION.SHARED, recursive: false } }],
  ["recursive propagation", ["rslave"], { propagation: { type: MS_PROPAGATION.SLAVE, recursive: true } }],
  ["a loop device", ["loop", "ro"], { set: RDONLY, flags: ["ro"], loop: { ...LOOP, readOnly: true } }],
  [
    "all of a loop device",
    ["loop", "offset=512", "sizelimit=4294967296", "direct-io", "data=journal"],
    { loop: { ...LOOP, offset: 512, sizeLimit: 2 ** 32, directIo: true }, data: [["data", "journal"]] },
  ],
  ["a size limit that is no loop device's", ["sizelimit=1"], { data: [["sizelimit", "1"]] }],
  ["words that JavaScript knows", ["constructor", "r__proto__"], { data: [["constructor"], ["r__proto__"]] }],
];

const options = suite("mount options");

for (const [why, words, expected] of CASES) {
  options(`are sorted: ${why}`, () => assert.equal(parseOptions(words), { ...NOTHING, ...expected }));
}

const WRONG: [why: string, words: string[], says: RegExp][] = [
  ["one of containerd's own", ["ro", "X-containerd.idmap=1"], /option X-containerd\.idmap=1 is for another program/],
  ["one that programs leave in fstab", ["x-systemd.automount"], /x-systemd\.automount/],
  ["no number", ["loop", "sizelimit=1M"], /sizelimit=1M is not a number of bytes/],
  ["a negative number", ["loop", "offset=-1"], /offset=-1 /],
  ["a number that is too large", ["loop", "offset=99999999999999999999"], /offset=9999/],
  ["no value", ["loop", "offset"], /offset= is not/],
];

for (const [why, words, says] of WRONG) {
  options(`are refused: ${why}`, () => refuses(() => parseOptions(words), ErrorCode.InvalidArgument, says));
}

options.run();
