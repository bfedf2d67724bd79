/** What Windows's functions fail with, as errors of ours. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KNOWN_ERRORS } from "../../src/adapters/windows/error-table.ts";
import { assertHresult, assertWin32, hresultError, win32Error } from "../../src/adapters/windows/windows-error.ts";
import { ErrorCode } from "../../src/host/errors.ts";

const errors = suite("errors of Windows");

const HRESULTS: [why: string, hresult: number, code: ErrorCode, message: string][] = [
  ["a Win32 code travels in it", 0x80070002, ErrorCode.NotFound, "ERROR_FILE_NOT_FOUND: no such file"],
  ["the same, signed", 0x80070002 | 0, ErrorCode.NotFound, "ERROR_FILE_NOT_FOUND: no such file"],
  [
    "E_ACCESSDENIED",
    0x80070005,
    ErrorCode.PermissionDenied,
    "ERROR_ACCESS_DENIED: access is denied; run as administrator",
  ],
  ["E_INVALIDARG", 0x80070057, ErrorCode.InvalidArgument, "ERROR_INVALID_PARAMETER: an argument is wrong"],
  ["a damaged CIM", 0x800701d6, ErrorCode.Corrupt, "ERROR_CIMFS_IMAGE_CORRUPT: the image is damaged"],
  [
    "a CIM of another version",
    0x800701d7,
    ErrorCode.Unsupported,
    "ERROR_CIMFS_IMAGE_VERSION_NOT_SUPPORTED: is of an unknown version",
  ],
  [
    "no privilege",
    0x80070522,
    ErrorCode.PermissionDenied,
    "ERROR_PRIVILEGE_NOT_HELD: a privilege is missing; run as administrator",
  ],
  ["one without a Win32 code", 0x80004001, ErrorCode.Unavailable, "E_NOTIMPL: this version of Windows cannot do it"],
  ["the Host Compute Service's", 0x80370112, ErrorCode.Corrupt, "HCS_E_INVALID_LAYER: is no layer that Windows knows"],
  ["a Win32 code that is not known", 0x8007ffff, ErrorCode.FailedPrecondition, "Win32 error 65535"],
  ["one that is not known", 0x80990001 | 0, ErrorCode.FailedPrecondition, "HRESULT 0x80990001"],
];

for (const [why, hresult, code, message] of HRESULTS) {
  errors(`an HRESULT: ${why}`, () => {
    const error = hresultError("C:\\x.cim", hresult);
    assert.is(error.message, `C:\\x.cim: ${message}`);
    assert.is(error.code, code);
    assert.throws(
      () => assertHresult("C:\\x.cim", hresult),
      (thrown: unknown) => String(thrown) === String(error),
    );
  });
}

errors("a code of virtual disks is known, though it is no Win32 code", () => {
  const error = win32Error("C:\\x.vhdx", 0xc03a000d);
  assert.is(error.message, "C:\\x.vhdx: ERROR_VHD_PARENT_VHD_NOT_FOUND: the disk that it is based on is not there");
  assert.is(error.code, ErrorCode.NotFound);
  assert.is(hresultError("C:\\x.vhdx", 0xc03a000d | 0).message, error.message);
});

errors("success is none", () => {
  for (const success of [0, 1, 0x00070005]) assertHresult("x", success); // S_OK, S_FALSE, and a code with no sign of failure
  assertWin32("x", 0);
  assert.throws(() => assertWin32("x", 1));
});

errors("each known one has a name and words, and a class that fits a caller", () => {
  for (const [code, [name, kind, words]] of KNOWN_ERRORS) {
    assert.ok(code > 0 && (code < 0x10000 || code >= 0x80000000), name);
    assert.match(name, /^(ERROR|E|HCS_E)_[A-Z0-9_]+$/);
    assert.ok(kind in ErrorCode && words.length > 0 && words.length < 60, name);
  }
});

errors.run();
