/** The arguments that all commands have which look into an image. */
import { flag } from "./flag.ts";

export const IMAGE = {
  brief: "An image: ext2, ext3 or ext4, plain or in a VHD; or a CIM",
  placeholder: "IMAGE",
  parse: String,
} as const;

export const PATH = { brief: "A path in the image", placeholder: "PATH", parse: String } as const;

export const OPTIONAL_PATH = { ...PATH, brief: "A path in the image; its root unless given", optional: true } as const;

export const NO_VERIFY = flag("Do not look at checksums of metadata");

export const EXIT_CODES = `EXIT CODES
  0 done, 1 failed or not there, 2 wrong usage, 4 not an image that is read here`;
