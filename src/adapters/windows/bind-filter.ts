/**
 * Directories of volumes that are seen elsewhere, by the filter bindflt.sys.
 *
 * Source: go-winio, pkg/bindfilter.
 */
import { ErrorCode, ImageError } from "../../host/errors.ts";
import { BfRemoveMapping, BfSetupFilter, BINDFLT_FLAG } from "./bindfltapi-dll.ts";
import { assertHresult } from "./windows-error.ts";

/** A volume's root is named with a backslash at its end, which not every call that names one gives. */
const VOLUME_ITSELF = /\\Volume\{[^\\]*\}$/;

/**
 * Shows `source` at the directory `target`, for all processes, until it is taken off or the machine restarts.
 *
 * @param source  a directory, or a volume
 */
export async function bind(target: string, source: string, readOnly: boolean): Promise<void> {
  const flags = BINDFLT_FLAG.NO_MULTIPLE_TARGETS | (readOnly ? BINDFLT_FLAG.READ_ONLY_MAPPING : 0);
  const root = VOLUME_ITSELF.test(source) ? `${source}\\` : source;
  const hresult = await BfSetupFilter.onThread(null, flags, target, root, null, 0);
  if (hresult >>> 0 === INVALID_PARAMETER) {
    const why = "something is mounted there already; or else the filter takes one of the two paths for none";
    throw new ImageError(ErrorCode.FailedPrecondition, `bind ${source} to ${target}: ERROR_INVALID_PARAMETER: ${why}`);
  }
  assertHresult(`bind ${source} to ${target}`, hresult);
}

/** What the filter says where there would be several targets, which is not asked for. */
const INVALID_PARAMETER = 0x80070057;

/** ERROR_INVALID_PARAMETER, from later versions ERROR_NOT_FOUND; of a path that is not there FILE_NOT_FOUND, PATH_NOT_FOUND. */
const NOT_BOUND = [INVALID_PARAMETER, 0x80070490, 0x80070002, 0x80070003];

/** @returns false where nothing is bound to `target` */
export async function unbind(target: string): Promise<boolean> {
  const hresult = await BfRemoveMapping.onThread(null, target);
  if (NOT_BOUND.includes(hresult >>> 0)) return false;
  assertHresult(`unbind ${target}`, hresult);
  return true;
}
