/** What declarations of Windows's DLLs are made of, where there is no Windows. */
import koffi from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CIMFS_IMAGE_PATH, cimfsWriteCalls } from "../../src/adapters/windows/cimfs-dll.ts";
import { cimWriteCalls } from "../../src/adapters/windows/cimwriter-dll.ts";
import { guidBytes, guidText } from "../../src/adapters/windows/guid.ts";
import { structure } from "../../src/adapters/windows/structure.ts";
import { ErrorCode, isError } from "../../src/host/errors.ts";

const declarations = suite("declarations of Windows's DLLs");

declarations("a GUID's first three fields are little-endian", () => {
  const bytes = guidBytes("00112233-4455-6677-8899-AABBCCDDEEFF");
  assert.is(bytes.toString("hex"), "33221100554477668899aabbccddeeff");
  assert.is(guidText(bytes), "00112233-4455-6677-8899-aabbccddeeff");
  assert.is(bytes.toString("hex"), "33221100554477668899aabbccddeeff", "and stay as they were");
});

declarations("what is no GUID is refused", () => {
  for (const text of ["", "{00112233-4455-6677-8899-aabbccddeeff}", "00112233445566778899aabbccddeeff", "x"]) {
    assert.throws(
      () => guidBytes(text),
      (error: unknown) => isError(error, ErrorCode.InvalidArgument),
    );
  }
});

declarations("a structure that is declared twice is the same", () => {
  assert.is(structure("CIMFS_IMAGE_PATH", { ImageDir: "str16", ImageName: "str16" }).size, CIMFS_IMAGE_PATH.size);
  const nested = () => structure("TwiceNested", { one: koffi.struct({ two: "int32_t" }) });
  assert.is(nested().size, nested().size);
});

declarations("a structure does not take the name of another", () => {
  assert.throws(() => structure("CIMFS_IMAGE_PATH", { ImageDir: "str16" }), /Duplicate/);
});

if (process.platform !== "win32") {
  declarations("calls that write CIMs are cimfs.dll's where there is no cimwriter.dll", () => {
    assert.is(cimWriteCalls(), cimfsWriteCalls);
    assert.throws(
      () => cimWriteCalls().CimCommitImage(1n),
      (error: unknown) => isError(error, ErrorCode.Unavailable) && /^cimfs\.dll: /.test(error.message),
    );
  });
}

declarations.run();
