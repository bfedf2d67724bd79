/** The files of a CIM as a page is given them: picked or dropped together, in whatever order. */
import { isRegionFile } from "../../cim/cim-header.ts";
import { ErrorCode, ImageError } from "../../errors.ts";
import type { WebCimParts } from "../web-image-source.ts";

/**
 * Tells the CIM from what stands beside it, by their names.
 *
 * @param files  `<name>.cim`, its regions, and those of its parents if it has any; others are left alone
 * @throws ImageError  InvalidArgument: there is no `.cim` among them, or more than one
 */
export function cimPartsOf(files: readonly File[]): WebCimParts {
  const regions = files.filter(({ name }) => isRegionFile(name));
  const [cim, ...others] = files.filter(({ name }) => /\.cim$/i.test(name) && !isRegionFile(name));
  if (cim === undefined || others.length > 0) {
    const found = cim === undefined ? "none" : [cim, ...others].map(({ name }) => name).join(", ");
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `cim: of its files one is called .cim, the others region_… and objectid_…; here is ${found}`,
    );
  }
  return { cim, beside: Object.fromEntries(regions.map((region) => [region.name.toLowerCase(), region])) };
}
