/** What only Windows can do with a layer, as the host wants it. */
import type { WindowsLayers } from "../../host/windows.ts";
import { SE_BACKUP_NAME, SE_RESTORE_NAME, SE_SECURITY_NAME } from "./advapi32-dll.ts";
import { assertCan } from "./cim-gates.ts";
import { grantVirtualMachineGroupAccess } from "./group-access.ts";
import { createSandboxLayer, deactivateLayer, destroyLayer, exportLayer, importLayer } from "./layer-calls.ts";
import { withPrivileges } from "./privileges.ts";
import { expandScratch, makeScratchTemplate } from "./scratch.ts";
import { filesystemName } from "./volume.ts";

export const windowsLayers: WindowsLayers = {
  async filesystemName(path) {
    return filesystemName(path);
  },

  grantVirtualMachineGroupAccess,

  async deactivateLayer(directory) {
    await deactivateLayer(directory);
  },

  destroyLayer,
  makeScratchTemplate,
  createScratch: createSandboxLayer,
  expandScratch,

  importLayer(directory, from, parents) {
    const privileges = [SE_BACKUP_NAME, SE_RESTORE_NAME, SE_SECURITY_NAME];
    return withPrivileges(privileges, () => importLayer(directory, from, parents));
  },

  exportLayer(directory, to, parents) {
    return withPrivileges([SE_BACKUP_NAME, SE_RESTORE_NAME], () => exportLayer(directory, to, parents));
  },

  async assertCimFs() {
    assertCan("mount CIMs");
  },
};
