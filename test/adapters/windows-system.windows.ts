/** What the adapter asks of Windows itself, without the DLLs of containers. */
import { writeFileSync } from "node:fs";
import os from "node:os";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SE_BACKUP_NAME, SE_RESTORE_NAME } from "../../src/adapters/windows/advapi32-dll.ts";
import { windowsLayers } from "../../src/adapters/windows/layers.ts";
import { withPrivileges } from "../../src/adapters/windows/privileges.ts";
import { windowsVersion } from "../../src/adapters/windows/version.ts";
import { ErrorCode } from "../../src/index.ts";
import { isEnabled } from "../fixtures/privilege.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder, scratchPath } from "../fixtures/scratch.ts";

const asked = suite("Windows itself");

asked("says its version, of which Node knows a part", () => {
  const { major, minor, build, revision } = windowsVersion();
  assert.is(`${major}.${minor}.${build}`, os.release());
  assert.ok(Number.isInteger(revision) && revision >= 0);
});

asked("says what filesystem a path is on, also of one that is not there yet", async () => {
  for (const path of [scratchFolder(), "C:\\", "C:\\no\\such\\directory"])
    assert.is(await windowsLayers.filesystemName(path), "NTFS", path);
  await rejects(windowsLayers.filesystemName("Q:\\layers"), ErrorCode.NotFound);
});

asked("lets virtual machines read a file or a directory", async () => {
  const file = scratchPath("layer.vhd");
  writeFileSync(file, "image");
  await windowsLayers.grantVirtualMachineGroupAccess(file);
  await windowsLayers.grantVirtualMachineGroupAccess(scratchFolder());
  await rejects(windowsLayers.grantVirtualMachineGroupAccess(scratchPath("none")), ErrorCode.NotFound);
});

asked.run();

const privileges = suite("privileges");

const OF_THE_SYSTEM = "SeCreateTokenPrivilege";
const BOTH = [SE_BACKUP_NAME, SE_RESTORE_NAME];

privileges("are on while they are needed, and then as they were", async () => {
  const before = BOTH.map(isEnabled);
  const during = await withPrivileges(BOTH, async () => BOTH.map(isEnabled));
  assert.equal([during, BOTH.map(isEnabled)], [[true, true], before]);
});

privileges("stay on until the last of several calls has ended", async () => {
  const before = isEnabled(SE_BACKUP_NAME);
  let end = () => {};
  const long = withPrivileges(
    [SE_BACKUP_NAME],
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  await withPrivileges([SE_BACKUP_NAME], async () => {});
  assert.ok(isEnabled(SE_BACKUP_NAME));
  end();
  await long;
  assert.is(isEnabled(SE_BACKUP_NAME), before);
});

privileges("are as they were after a failure, too", async () => {
  const before = BOTH.map(isEnabled);
  const failure = await withPrivileges(BOTH, () => Promise.reject(new Error("no"))).catch((error) => error.message);
  assert.equal([failure, BOTH.map(isEnabled)], ["no", before]);
});

privileges("that a process does not have make a call fail, and the others are as they were", async () => {
  const before = isEnabled(SE_BACKUP_NAME);
  const work = withPrivileges([SE_BACKUP_NAME, "SeNoSuchPrivilege"], async () => assert.unreachable());
  const error = await work.catch((reason) => reason);
  assert.match(error.message, "SeNoSuchPrivilege");
  assert.is(isEnabled(SE_BACKUP_NAME), before);
});

privileges("that only the system has are refused to an administrator, who is told", async () => {
  const error = await rejects(
    withPrivileges([OF_THE_SYSTEM], async () => assert.unreachable()),
    ErrorCode.PermissionDenied,
  );
  assert.is(error.message, `privilege ${OF_THE_SYSTEM}: this process has it not; run as administrator`);
});

privileges.run();
