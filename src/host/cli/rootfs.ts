/** `layerkiln rootfs`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import { type ContainerFlags, containerFlags } from "./container-flags.ts";
import { CONTAINER_IMAGE, type ContainerImageFlags, containerImageFlags } from "./container-image-argument.ts";
import type { Context } from "./context.ts";
import { type FilesystemFlags, filesystemFlags, size } from "./filesystem-flags.ts";
import { flag } from "./flag.ts";

export interface RootfsFlags extends ContainerImageFlags, FilesystemFlags, ContainerFlags {
  readonly output: string;
  readonly withConfig?: string;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly size?: number;
  readonly free?: number;
  readonly verity?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Makes a root filesystem from a container image: all its layers as one ext4 image.

IMAGE is an OCI image layout, a directory or a tar of one, or what docker save writes. Nothing of it is extracted, and every
digest is verified. layerkiln pull fetches one from a registry.
The filesystem is as large as its files unless --size or --free gives it room to be written to.
The image appears under its name when it is complete, and a file of that name is replaced.

--with-config writes the part of the container image's configuration that says how it is run into a file of the root
filesystem, for an init to read: User, Env, Entrypoint, Cmd, WorkingDir and the like, as JSON: see docs/rootfs.md.

EXAMPLES
  From a registry to a disk of a virtual machine:
    layerkiln pull alpine:3.20 alpine
    layerkiln rootfs alpine -o rootfs.ext4 --free 1G --journal
  From docker, with what an init has to know:
    docker save app -o app.tar
    layerkiln rootfs app.tar -o app.ext4 --with-config /etc/container-image.json
  One of several platforms, read-only, with a dm-verity tree; the root hash is printed:
    layerkiln rootfs layout --platform linux/arm64 -o rootfs.ext4 --verity

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

export const rootfs = buildCommand<RootfsFlags, [image: string], Context>({
  loader: async () => (await import("./rootfs-run.ts")).runRootfs,
  parameters: {
    positional: { kind: "tuple", parameters: [CONTAINER_IMAGE] },
    flags: {
      output: { kind: "parsed", brief: "Where the image goes", placeholder: "FILE", parse: String },
      ...containerImageFlags,
      withConfig: {
        kind: "parsed",
        brief: "Write how the container image is run into this file of the root filesystem",
        placeholder: "PATH",
        parse: String,
        optional: true,
      },
      owner: {
        kind: "parsed",
        brief: "Who owns all files, such as 1000:1000 (whom the layers name unless given)",
        placeholder: "UID:GID",
        parse: parseOwner,
        optional: true,
      },
      ...filesystemFlags,
      size: { ...size("Bytes of the filesystem, such as 20G; what is not used stays free"), optional: true },
      free: { ...size("Bytes that stay free, instead of --size"), optional: true },
      verity: flag("Append a dm-verity tree, and print its root hash"),
      ...containerFlags,
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Make a root filesystem from a container image", fullDescription: DESCRIPTION },
});

/** The greatest that ext4 has room for; the one above it stands for nobody. */
const MAX_ID = 2 ** 32 - 2;

/** @throws Error  if it is something else */
function parseOwner(text: string): { uid: number; gid: number } {
  const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(text) ?? [];
  if (uid === undefined) throw new Error("is not a user and a group in numbers, such as 1000:1000");
  const owner = { uid: Number(uid), gid: Number(gid) };
  if (Math.max(owner.uid, owner.gid) > MAX_ID) throw new Error(`is past the greatest id, ${MAX_ID}`);
  return owner;
}
