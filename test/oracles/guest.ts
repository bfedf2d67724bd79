/**
 * A Debian kernel in a virtual machine: another kernel than that of the machine the tests run on, with our images as its disks.
 *
 * Its kernel is the one in the folder LAYERKILN_GUEST_KERNEL, a linux-image package unpacked. It is emulated, so it runs
 * anywhere, and takes some seconds to start.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { scratchFile } from "../fixtures/scratch.ts";
import { missing, type Oracle, run } from "./oracle.ts";

const KERNEL = process.env.LAYERKILN_GUEST_KERNEL;
const BUSYBOX = "/bin/busybox";
const BEGIN = "layerkiln: begin";
const END = "layerkiln: end";
/** In the order in which they need each other. */
const DISK_MODULES = [
  "virtio_ring",
  "virtio",
  "virtio_pci_legacy_dev",
  "virtio_pci_modern_dev",
  "virtio_pci",
  "virtio_blk",
];

export const guest: Oracle = { name: "a Debian kernel in qemu", missing: whyNot() };

function whyNot(): string | undefined {
  if (KERNEL === undefined) return "LAYERKILN_GUEST_KERNEL names no unpacked kernel (Debian: linux-image-cloud-amd64)";
  return missing("qemu-system-x86_64", "qemu-system-x86") ?? missing(BUSYBOX, "busybox-static", "true");
}

export interface Disk {
  path: string;
  /** As qemu calls them. */
  format: "raw" | "vpc" | "vhdx";
  writable?: boolean;
}

export interface Machine {
  /** Modules of the kernel besides those that disks need, such as "overlay". */
  modules?: string[];
  /** MiB. */
  memory?: number;
}

/**
 * Starts the kernel with `disks` as /dev/vda, /dev/vdb, …, and busybox for a shell.
 *
 * @param script  its lines, run by sh as root; /m is an empty folder
 * @returns what it printed
 * @throws Error  with all that the machine printed, if the script did not come to its end with 0
 */
export function runInGuest(script: string, disks: Disk[], { modules = [], memory = 256 }: Machine = {}): string {
  const init = `/bin/busybox mount -t proc none /proc
/bin/busybox --install -s /bin
echo "${BEGIN}"
sh /script
echo "${END} $?"
poweroff -f
`;
  const files = initialFiles(init, [...DISK_MODULES, ...modules], [["script", 0o100644, script]]);
  const said = start(files, disks, memory);
  const from = said.indexOf(`${BEGIN}\n`);
  const to = said.indexOf(`${END} 0\n`, from);
  if (from < 0 || to < 0) throw new Error(`guest: the script failed\n${said}`);
  return said.slice(from + BEGIN.length + 1, to);
}

/**
 * Starts the system on `disk` as a machine does: its root is /dev/vda, written to, and the program at `init` the first process.
 *
 * @returns what that printed, until it turned the machine off
 */
export function bootFromDisk(disk: Disk, init: string): string {
  const handOver = `/bin/busybox mount -t ext4 /dev/vda /m || exit 1
/bin/busybox umount /dev
echo "${BEGIN}"
exec /bin/busybox switch_root /m ${init}
`;
  const said = start(initialFiles(handOver, DISK_MODULES, []), [{ ...disk, writable: true }], 256);
  const from = said.indexOf(`${BEGIN}\n`);
  if (from < 0 || said.includes("Kernel panic")) throw new Error(`guest: does not start\n${said}`);
  return said.slice(from + BEGIN.length + 1).replace(OF_THE_KERNEL, "");
}

/** What the kernel says on the console, even when it is to be quiet. */
const OF_THE_KERNEL = /^\[ *\d+\.\d+\] .*\n/gm;

/** @returns what the machine printed, until it was turned off */
function start(initial: Uint8Array, disks: Disk[], memory: number): string {
  const initrd = scratchFile("initrd", initial);
  const drives = disks.flatMap(({ path, format, writable }) => [
    "-drive",
    `file=${path},format=${format},if=virtio,readonly=${writable ? "off" : "on"}`,
  ]);
  const { status, stdout, stderr, error } = run("timeout", [
    "300",
    "qemu-system-x86_64",
    ...[
      "-machine",
      "pc",
      "-accel",
      "tcg",
      "-cpu",
      "max",
      "-m",
      String(memory),
      "-nodefaults",
      "-display",
      "none",
      "-no-reboot",
    ],
    ...["-serial", "stdio", "-kernel", kernelFile(), "-initrd", initrd],
    ...["-append", "console=ttyS0 quiet panic=-1"],
    ...drives,
  ]);
  const said = stdout.replaceAll("\r", "");
  if (error || status !== 0) throw new Error(`guest: ${error?.message ?? `exit ${status}`}\n${said}${stderr}`);
  return said;
}

function kernelFile(): string {
  const boot = join(KERNEL!, "boot");
  return join(boot, readdirSync(boot).find((name) => name.startsWith("vmlinuz"))!);
}

/** What the kernel unpacks into its first file system: devices and modules are there when `script` begins. */
function initialFiles(script: string, modules: string[], more: CpioFile[]): Uint8Array {
  const folder = join(KERNEL!, "lib/modules");
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const load = modules.map((name) => join(folder, found.find((path) => basename(path) === `${name}.ko`)!));
  const init = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
for name in ${modules.join(" ")}; do /bin/busybox insmod /modules/$name.ko || exit 1; done
${script}`;
  return cpio([
    ["bin", 0o40755, ""],
    ["bin/busybox", 0o100755, readFileSync(BUSYBOX)],
    ["dev", 0o40755, ""],
    ["proc", 0o40755, ""],
    ["m", 0o40755, ""],
    ["modules", 0o40755, ""],
    ...load.map((path): CpioFile => [`modules/${basename(path)}`, 0o100644, readFileSync(path)]),
    ...more,
    ["init", 0o100755, init],
  ]);
}

type CpioFile = [path: string, mode: number, data: string | Uint8Array];

/** Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst, "newc". */
function cpio(files: CpioFile[]): Uint8Array {
  const members = [...files, ["TRAILER!!!", 0, ""] satisfies CpioFile].map(([path, mode, data], index) => {
    const body = Buffer.from(data as string);
    const numbers = [index + 1, mode, 0, 0, 1, 0, body.length, 0, 0, 0, 0, path.length + 1, 0];
    const head = `070701${numbers.map((value) => value.toString(16).padStart(8, "0")).join("")}${path}\0`;
    return Buffer.concat([padded(Buffer.from(head)), padded(body)]);
  });
  return Buffer.concat(members);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
