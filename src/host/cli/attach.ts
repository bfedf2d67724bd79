/** `layerkiln attach` and `layerkiln detach`: what they take. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";

const EXIT_CODES = `EXIT CODES
  0 done, 1 failed, such as for want of rights, 2 wrong usage, 4 not on this machine`;

const ATTACH = `Makes a VHD or VHDX a disk of this machine, and prints its name: for administrators, on Windows.

Read-only, and without a drive letter. It stays so until layerkiln detach, or until the machine starts again. What is in it is not
looked at: of an ext4, for one, Windows knows nothing but that WSL can mount the disk.

EXAMPLES
  layerkiln attach layer.vhd
  wsl --mount \\\\.\\PHYSICALDRIVE2 --type ext4 --options ro
  layerkiln detach layer.vhd

${EXIT_CODES}`;

const DETACH = `Ends what layerkiln attach, or another program, made of a VHD or VHDX.

${EXIT_CODES}`;

const IMAGE = { brief: "A VHD or VHDX", placeholder: "IMAGE", parse: String };

const parameters = { positional: { kind: "tuple", parameters: [IMAGE] }, flags: {} } as const;

export const attach = buildCommand<Record<never, never>, [image: string], Context>({
  loader: async () => (await import("./attach-run.ts")).runAttach,
  parameters,
  docs: { brief: "Make a VHD or VHDX a disk of this machine", fullDescription: ATTACH },
});

export const detach = buildCommand<Record<never, never>, [image: string], Context>({
  loader: async () => (await import("./attach-run.ts")).runDetach,
  parameters,
  docs: { brief: "End what attach made", fullDescription: DETACH },
});
