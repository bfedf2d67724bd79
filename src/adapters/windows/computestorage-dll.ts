/**
 * computestorage.dll, as computestorage.h declares it: layers of containers, and the filters that join them. Source: Microsoft
 * Learn, "Host Compute System API, ComputeStorage"; the overlay filter: hcsshim's declarations. Functions return an HRESULT.
 * Layers' data and options are JSON.
 */
import { Dll } from "./dll.ts";

export const computestorage = new Dll("computestorage.dll");

export const HcsImportLayer = computestorage.declare(
  "int32_t HcsImportLayer(str16 layerPath, str16 sourceFolderPath, str16 layerData)",
);
export const HcsExportLayer = computestorage.declare(
  "int32_t HcsExportLayer(str16 layerPath, str16 exportFolderPath, str16 layerData, str16 options)",
);
export const HcsExportLegacyWritableLayer = computestorage.declare(
  "int32_t HcsExportLegacyWritableLayer(str16 writableLayerMountPath, str16 writableLayerFolderPath, str16 exportFolderPath, str16 layerData)",
);
export const HcsDestroyLayer = computestorage.declare("int32_t HcsDestroyLayer(str16 layerPath)");
export const HcsSetupBaseOSLayer = computestorage.declare(
  "int32_t HcsSetupBaseOSLayer(str16 layerPath, void *vhdHandle, str16 options)",
);
/** Build 19645. */
export const HcsSetupBaseOSVolume = computestorage.declare(
  "int32_t HcsSetupBaseOSVolume(str16 layerPath, str16 volumePath, str16 options)",
);
export const HcsInitializeWritableLayer = computestorage.declare(
  "int32_t HcsInitializeWritableLayer(str16 writableLayerPath, str16 layerData, str16 options)",
);
export const HcsInitializeLegacyWritableLayer = computestorage.declare(
  "int32_t HcsInitializeLegacyWritableLayer(str16 writableLayerMountPath, str16 writableLayerFolderPath, str16 layerData, str16 options)",
);
export const HcsAttachLayerStorageFilter = computestorage.declare(
  "int32_t HcsAttachLayerStorageFilter(str16 layerPath, str16 layerData)",
);
export const HcsDetachLayerStorageFilter = computestorage.declare(
  "int32_t HcsDetachLayerStorageFilter(str16 layerPath)",
);
/** Build 26100 and, with updates, 20348: what layers in CIMs need. */
export const HcsAttachOverlayFilter = computestorage.declare(
  "int32_t HcsAttachOverlayFilter(str16 volumePath, str16 layerData)",
);
export const HcsDetachOverlayFilter = computestorage.declare(
  "int32_t HcsDetachOverlayFilter(str16 volumePath, str16 layerData)",
);
/** The handle of an attached disk up to build 17763, of the virtual disk on newer ones. */
export const HcsFormatWritableLayerVhd = computestorage.declare("int32_t HcsFormatWritableLayerVhd(void *vhdHandle)");
/** A string, for LocalFree; where it fails, anything. */
export const HcsGetLayerVhdMountPath = computestorage.declare(
  "int32_t HcsGetLayerVhdMountPath(void *vhdHandle, _Out_ void **mountPath)",
);
