/** Classes of failure and gRPC's codes, both ways. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/host/errors.ts";
import { CLASSES, fromStatus, toStatus } from "../../src/host/grpc/status.ts";

const statuses = suite("grpc: statuses");

/** From containerd's errgrpc, and gRPC's own list of codes. */
const TABLE: [code: keyof typeof ErrorCode, number: number, words: string][] = [
  ["InvalidArgument", 3, "invalid argument"],
  ["NotFound", 5, "not found"],
  ["AlreadyExists", 6, "already exists"],
  ["PermissionDenied", 7, "permission denied"],
  ["FailedPrecondition", 9, "failed precondition"],
  ["OutOfRange", 11, "out of range"],
  ["Unsupported", 12, "not implemented"],
  ["Internal", 13, "internal"],
  ["Unavailable", 14, "unavailable"],
  ["Corrupt", 15, "data loss"],
];

for (const [name, code, words] of TABLE) {
  statuses(`${name} goes as ${code}, and comes back`, () => {
    const status = toStatus(new ImageError(ErrorCode[name], "snapshot a: is so"));
    assert.equal(status, { code, details: `snapshot a: is so: ${words}` });

    const back = fromStatus(status) as ImageError;
    assert.is(ErrorCode[back.code], name);
    assert.is(back.message, "snapshot a: is so");
  });
}

statuses("every class has a code", () => {
  const names = Object.keys(ErrorCode).filter((name) => Number.isNaN(Number(name)));
  assert.equal(
    names.filter((name) => !CLASSES.some(([code]) => ErrorCode[code] === name)),
    [],
  );
});

statuses("the words of a class stand once, also where they stand already", () => {
  const { details } = toStatus(new ImageError(ErrorCode.NotFound, "snapshot a: not found"));
  assert.is(details, "snapshot a: not found");
});

statuses("a sentence that is no Unicode becomes one", () => {
  const { details } = toStatus(new ImageError(ErrorCode.NotFound, "snapshot \ud83d: does not exist"));
  assert.is(details, "snapshot \ufffd: does not exist: not found");
});

statuses("a sentence of any length is cut, wherever that falls", () => {
  for (const letter of ["x", "\u{1f600}", "x\u{1f600}"]) {
    const { details } = toStatus(new ImageError(ErrorCode.NotFound, letter.repeat(10_000)));
    assert.is(encodeURI(details).length > 0, true);
    assert.match(details, /…: not found$/);
  }
});

statuses("what is no ImageError is a fault of ours", () => {
  assert.equal(toStatus(new TypeError("x is undefined")), { code: 13, details: "x is undefined: internal" });
});

for (const [code, name, details] of [
  [1, "Unavailable", "a: context canceled"],
  [2, "FailedPrecondition", "a: unknown"],
  [4, "Unavailable", "a: context deadline exceeded"],
  [8, "OutOfRange", "a: resource exhausted"],
  [10, "FailedPrecondition", "a: aborted"],
  [16, "PermissionDenied", "a: unauthenticated"],
  [99, "FailedPrecondition", "a: unknown"],
] as const) {
  statuses(`code ${code}, which we never send, is ${name}`, () => {
    const error = fromStatus({ code, details }) as ImageError;
    assert.is(ErrorCode[error.code], name);
    assert.is(error.message, "a");
  });
}

statuses("what is no status stays as it is", () => {
  const error = new TypeError("x");
  assert.is(fromStatus(error), error);
});

statuses.run();
