/** `layerkiln images`: what it takes. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface ImagesFlags {
  readonly json?: boolean;
}

const DESCRIPTION = `Lists the container images at a path: their names, digests, platforms, and layers. The path is an OCI image layout,
a directory or a tar of one, or what docker save, podman save and skopeo write.

Documents are verified by their digests as they are read; layers are not read.

EXAMPLES
  layerkiln images image.tar
  For a program:
    layerkiln images image.tar --json | jq '.[].platform'

EXIT CODES
  0 done, 1 failed or not there, 2 wrong usage, 4 not a container image that is read here`;

export const images = buildCommand<ImagesFlags, [path: string], Context>({
  loader: async () => (await import("./images-run.ts")).runImages,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A directory or an archive of container images", placeholder: "PATH", parse: String }],
    },
    flags: { json: flag("Print one JSON array, an object for each image") },
  },
  docs: { brief: "List the container images in a layout or an archive", fullDescription: DESCRIPTION },
});
