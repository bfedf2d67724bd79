/**
 * Virtual machines as a group: Windows lets them open a file only if its access control list says so.
 *
 * Source: go-winio, pkg/security/grantvmgroupaccess.go; Microsoft, "Modifying the ACLs of an Object in C++".
 */
import { statSync } from "node:fs";
import { toNamespacedPath } from "node:path";
import { toImageError } from "../../host/errors.ts";
import {
  ConvertStringSidToSidW,
  DACL_SECURITY_INFORMATION,
  GetSecurityInfo,
  GRANT_ACCESS,
  NO_INHERITANCE,
  SE_FILE_OBJECT,
  SetEntriesInAclW,
  SetSecurityInfo,
  SUB_CONTAINERS_AND_OBJECTS_INHERIT,
  TRUSTEE,
} from "./advapi32-dll.ts";
import { withOpen } from "./file-handle.ts";
import { GENERIC, LocalFree, READ_CONTROL, WRITE_DAC } from "./kernel32-dll.ts";
import { assertDone } from "./last-error.ts";
import { Undo } from "./undo.ts";
import { assertWin32 } from "./windows-error.ts";

/** NT VIRTUAL MACHINE\Virtual Machines */
const VIRTUAL_MACHINES = "S-1-5-83-0";

/** Adds to the list that `path` has: the group may read it, and if it is a directory, all that is made in it. */
export async function grantVirtualMachineGroupAccess(path: string): Promise<void> {
  const inheritance = isDirectory(path) ? SUB_CONTAINERS_AND_OBJECTS_INHERIT : NO_INHERITANCE;
  await withOpen(toNamespacedPath(path), READ_CONTROL | WRITE_DAC, async (handle) => {
    const allocated = new Undo();
    try {
      const [acl, descriptor] = [[null], [null]];
      const got = GetSecurityInfo(handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, null, null, acl, null, descriptor);
      assertWin32(`${path}: access control list`, got);
      allocated.by(() => LocalFree(descriptor[0]));
      const sid = [null];
      assertDone(`${path}: group ${VIRTUAL_MACHINES}`, ConvertStringSidToSidW(VIRTUAL_MACHINES, sid));
      allocated.by(() => LocalFree(sid[0]));
      const larger = [null];
      assertWin32(`${path}: new entry`, SetEntriesInAclW(1, [mayRead(sid[0], inheritance)], acl[0], larger));
      allocated.by(() => LocalFree(larger[0]));
      const set = SetSecurityInfo(handle, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, null, null, larger[0], null);
      assertWin32(`${path}: access control list`, set);
    } finally {
      await allocated.takeBack();
    }
  });
}

function mayRead(sid: unknown, inheritance: number): object {
  return {
    grfAccessPermissions: GENERIC.READ,
    grfAccessMode: GRANT_ACCESS,
    grfInheritance: inheritance,
    Trustee: {
      pMultipleTrustee: null,
      MultipleTrusteeOperation: 0,
      TrusteeForm: TRUSTEE.IS_SID,
      TrusteeType: TRUSTEE.IS_WELL_KNOWN_GROUP,
      ptstrName: sid,
    },
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw toImageError(path, error);
  }
}
