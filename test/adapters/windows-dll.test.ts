/** DLLs of Windows, where there are none. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Dll } from "../../src/adapters/windows/dll.ts";
import { ErrorCode } from "../../src/index.ts";
import { refuses } from "../fixtures/refuses.ts";

const dlls = suite("DLLs of Windows");

const arch = Object.getOwnPropertyDescriptor(process, "arch")!;
dlls.after.each(() => {
  Object.defineProperty(process, "arch", arch);
});

dlls("are not called by a Node of 32 bits, whose calls take their words in another way", () => {
  Object.defineProperty(process, "arch", { ...arch, value: "ia32" });
  const cimfs = new Dll("cimfs.dll");
  const commit = cimfs.declare("int32_t CimCommitImage(void *cimImageHandle)");
  refuses(() => commit(null), ErrorCode.Unavailable, /^cimfs\.dll: takes a Node of 64 bits, and this one has 32$/);
  assert.not(cimfs.isThere());
  assert.not(commit.isThere());
});

dlls("are missing where Windows has none of that name", () => {
  const none = new Dll("none.dll", () => "C:\\nowhere");
  const call = none.declare("int32_t none()");
  refuses(() => call(), ErrorCode.Unavailable, /^none\.dll: is not part of this Windows$/);
  assert.not(none.isThere());
});

dlls.run();
