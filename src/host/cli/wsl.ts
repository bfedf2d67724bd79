/** `layerkiln wsl`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import { CONTAINER_IMAGE, type ContainerImageFlags, containerImageFlags } from "./container-image-argument.ts";
import type { Context } from "./context.ts";
import { filesystemFlags, size } from "./filesystem-flags.ts";
import { flag } from "./flag.ts";

export interface WslFlags extends ContainerImageFlags {
  readonly output: string;
  readonly size?: number;
  readonly label?: string;
  readonly uuid?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Makes a distribution for the Windows Subsystem for Linux (WSL 2) from a container image.

IMAGE is an OCI image layout, a directory or a tar of one, or what docker save writes.
The file is a VHDX with an ext4 filesystem of 1 TiB that can be written to. It takes room for what is in it, and grows.
WSL writes into the file itself: keep a copy, or make it anew, for a second distribution.

Of the container image's configuration, User becomes the default user in /etc/wsl.conf where it is a name and the image has
no such file of its own, and Env what login shells find in their environment: /etc/profile.d/container-image.sh.
Entrypoint, Cmd and WorkingDir say how a container starts, and WSL starts none: they are not used.

EXAMPLES
  On any system:
    layerkiln pull debian:stable-slim debian
    layerkiln wsl debian -o debian.vhdx
  On Windows, where the file is to stay:
    wsl --import-in-place Debian C:\\wsl\\debian.vhdx
    wsl -d Debian

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

export const wsl = buildCommand<WslFlags, [image: string], Context>({
  loader: async () => (await import("./wsl-run.ts")).runWsl,
  parameters: {
    positional: { kind: "tuple", parameters: [CONTAINER_IMAGE] },
    flags: {
      output: { kind: "parsed", brief: "Where the distribution goes, a .vhdx", placeholder: "FILE", parse: String },
      ...containerImageFlags,
      size: { ...size("Bytes that the distribution may grow to (1T unless given)"), optional: true },
      label: filesystemFlags.label,
      uuid: filesystemFlags.uuid,
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { o: "output", q: "quiet" },
  },
  docs: { brief: "Make a distribution for WSL from a container image", fullDescription: DESCRIPTION },
});
