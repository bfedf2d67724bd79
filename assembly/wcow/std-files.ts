/**
 * Files of a layer that the host needs beside the image: registry hives, and what a utility VM starts from.
 *
 * Source: hcsshim, internal/wclayer/cim, `isStdFile` and `hives`.
 */
import { CONFIG, HIVE_NAMES, HIVES, HiveNames } from "../tree/windows/hives";
import { WindowsPath } from "./path";

/** Registry hives of a base layer. The three lists go together. */
export const CONFIG_HIVES: string[] = HIVE_NAMES.map<string>((names: HiveNames) => `${CONFIG}\\${names.config}`);
/** The same as layers on top of it build on them. */
export const BASE_HIVES: string[] = HIVE_NAMES.map<string>((names: HiveNames) => `${HIVES}\\${names.base}`);
/** What such a layer changes in them. */
export const DELTA_HIVES: string[] = HIVE_NAMES.map<string>((names: HiveNames) => `${HIVES}\\${names.delta}`);

export const UTILITY_VM_SOFTWARE = `UtilityVM\\${CONFIG}\\SOFTWARE`;
/** Known by this spelling alone. */
export const UTILITY_VM_FILES: string[] = [
  `UtilityVM\\${CONFIG}\\SYSTEM`,
  UTILITY_VM_SOFTWARE,
  "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD",
  "UtilityVM\\Files\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
];

/** @param upcase  upper case of each unit, 65,536 u16 */
export function isStdFile(path: WindowsPath, upcase: usize): bool {
  return isAmong(path, CONFIG_HIVES, upcase) || isAmong(path, DELTA_HIVES, upcase) || isAmong(path, UTILITY_VM_FILES, 0);
}

/** @param upcase  0: the case counts */
function isAmong(path: WindowsPath, files: string[], upcase: usize): bool {
  for (let i = 0; i < files.length; i++) {
    if (<u32>files[i].length == path.units && isSpelled(path, files[i], upcase)) return true;
  }
  return false;
}

function isSpelled(path: WindowsPath, text: string, upcase: usize): bool {
  const at = changetype<usize>(text);
  if (upcase == 0) return memory.compare(path.at, at, 2 * path.units) == 0;
  for (let i: usize = 0; i < 2 * path.units; i += 2) {
    if (upper(upcase, load<u16>(path.at + i)) != upper(upcase, load<u16>(at + i))) return false;
  }
  return true;
}

function upper(upcase: usize, unit: u16): u16 {
  return load<u16>(upcase + 2 * <usize>unit);
}
