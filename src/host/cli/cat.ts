/** `layerkiln cat`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { EXIT_CODES, IMAGE, NO_VERIFY, PATH } from "./image-argument.ts";

export interface CatFlags {
  readonly noVerify?: boolean;
}

const DESCRIPTION = `Writes the content of a file in an image to standard output.

Symbolic links are followed within the image. Holes are zeros. In a CIM, names are found whatever their case, \\ parts them
as / does, and FILE:STREAM is an alternate stream.

EXAMPLES
  layerkiln cat layer.ext4 /etc/os-release
  layerkiln cat layer.vhd /usr/bin/bash | sha256sum
  layerkiln cat layer.cim '\\Files\\Users\\setup.exe:Zone.Identifier'

${EXIT_CODES}`;

export const cat = buildCommand<CatFlags, [image: string, path: string], Context>({
  loader: async () => (await import("./cat-run.ts")).runCat,
  parameters: { positional: { kind: "tuple", parameters: [IMAGE, PATH] }, flags: { noVerify: NO_VERIFY } },
  docs: { brief: "Write a file of an image to standard output", fullDescription: DESCRIPTION },
});
