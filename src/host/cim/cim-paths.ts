/** Paths in a CIM. Source: Microsoft Learn, "Naming Files, Paths, and Namespaces"; "Symbolic Link Effects on File Systems Functions". */
import { ErrorCode, ImageError } from "../errors.ts";
import { type PathRules, printable, splitPath } from "../image/name.ts";
import { encodeWtf8 } from "./wtf8.ts";

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

const isSeparator = (byte: number | undefined): boolean => byte === SLASH || byte === BACKSLASH;

export const CIM_PATHS: PathRules = {
  split: (path) => splitPath(typeof path === "string" ? encodeWtf8(path) : path, isSeparator),

  /** `\Windows`; a drive, a share or a device (`C:\`, `\\server`, `\??\`) is of some machine, which is not at hand. */
  isFromRoot(target) {
    const isElsewhere =
      target[1] === COLON || (isSeparator(target[0]) && (isSeparator(target[1]) || target[1] === 0x3f));
    if (isElsewhere)
      throw new ImageError(ErrorCode.NotFound, `${printable(target)}: a link leads there, out of the image`);
    return isSeparator(target[0]);
  },
};
