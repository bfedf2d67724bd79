/**
 * bindfltapi.dll, as bindlink's filter is driven: a directory appears in another place. Windows Server 2022 and Windows 11 on.
 * No header of an SDK has it; source: go-winio's declarations. Functions return an HRESULT.
 */
import { Dll } from "./dll.ts";

export const BINDFLT_FLAG = {
  READ_ONLY_MAPPING: 0x1,
  MERGED_BIND_MAPPING: 0x2,
  USE_CURRENT_SILO_MAPPING: 0x4,
  NO_MULTIPLE_TARGETS: 0x40, // one directory is seen there, not several laid over one another
} as const;

export const bindfltapi = new Dll("bindfltapi.dll");

/** The job is null: for all processes. `exceptionPaths` is null, or pointers to strings. */
export const BfSetupFilter = bindfltapi.declare(
  "int32_t BfSetupFilter(void *jobHandle, uint32_t flags, str16 virtualizationRootPath, str16 virtualizationTargetPath, const str16 *virtualizationExceptionPaths, uint32_t virtualizationExceptionPathCount)",
);
export const BfRemoveMapping = bindfltapi.declare(
  "int32_t BfRemoveMapping(void *jobHandle, str16 virtualizationRootPath)",
);
