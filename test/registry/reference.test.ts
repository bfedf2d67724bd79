/** Names of container images. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatReference, parseReference } from "../../src/host/registry/reference.ts";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { times } from "../fixtures/runs.ts";

const test = suite("registry: references");

const HEX = "0123456789abcdef".repeat(4);

const NAMES: [why: string, text: string, whole: string][] = [
  ["one word", "alpine", "docker.io/library/alpine:latest"],
  ["with a tag", "alpine:3.20", "docker.io/library/alpine:3.20"],
  ["two words", "library/alpine", "docker.io/library/alpine:latest"],
  ["of a user", "ann/thing:1", "docker.io/ann/thing:1"],
  ["Docker Hub by name", "docker.io/alpine", "docker.io/library/alpine:latest"],
  ["Docker Hub by its older name", "index.docker.io/ann/thing", "docker.io/ann/thing:latest"],
  ["a host", "ghcr.io/ann/thing/part:x", "ghcr.io/ann/thing/part:x"],
  ["a host without a dot, with a port", "registry:5000/a", "registry:5000/a:latest"],
  ["a host of capitals", "REGISTRY/a", "REGISTRY/a:latest"],
  ["localhost", "localhost/a", "localhost/a:latest"],
  [
    "localhost with a port, a tag and a digest",
    `localhost:5000/a/b:t@sha256:${HEX}`,
    `localhost:5000/a/b:t@sha256:${HEX}`,
  ],
  ["IPv4", "127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"],
  ["IPv6", "[::1]:5000/a:t", "[::1]:5000/a:t"],
  ["a digest and no tag", `a@sha256:${HEX}`, `docker.io/library/a@sha256:${HEX}`],
  ["a digest of sha512", `a@sha512:${HEX}${HEX}`, `docker.io/library/a@sha512:${HEX}${HEX}`],
  ["what parts words", "e/a__b.c-d---e/f_g", "docker.io/e/a__b.c-d---e/f_g:latest"],
  ["a tag of all that it may have", "a:_A.b-C", "docker.io/library/a:_A.b-C"],
  ["a port and no tag", "a.b:80/c", "a.b:80/c:latest"],
];

for (const [why, text, whole] of NAMES) {
  test(`are read as docker reads them: ${why}`, () => {
    assert.is(formatReference(parseReference(text)), whole);
    assert.equal(parseReference(whole), parseReference(text));
  });
}

const REFUSED: [why: string, text: string, message: RegExp | string][] = [
  ["nothing", "", "names no repository"],
  ["capitals", "Alpine", "has capital letters"],
  ["an empty part", "a//b", "is no repository"],
  ["a part that begins with a dot", "a/.b", "is no repository"],
  ["three underscores", "a___b", "is no repository"],
  ["two dots", "a..b", "is no repository"],
  ["the way up", "../../etc", "is no repo|is no registry"],
  ["a registry and nothing in it", "ghcr.io/", "names no repository"],
  ["an address", "https://ghcr.io/a/b", /is no reg|is no rep/],
  ["an empty tag", "a:", '"" is no tag'],
  ["a tag with a blank", "a:b c", '"b c" is no tag'],
  ["a tag that is too long", `a:${"b".repeat(129)}`, "is no tag"],
  ["an empty digest", "a@", '"" is no digest'],
  ["a digest that is short", "a@sha256:abc", '"sha256:abc" is no digest'],
  ["a digest in capitals", `a@sha256:${HEX.toUpperCase()}`, "is no digest"],
  ["a digest of md5", "a@md5:0123456789abcdef0123456789abcdef", "is no digest"],
  ["two digests", `a@sha256:${HEX}@sha256:${HEX}`, "is no digest"],
  ["an address of IPv6 that is none", "[::::]:5000/a", '"\\[::::\\]:5000" is no registry'],
  ["an address of IPv4 that is none", "1.2.3.999/a", '"1.2.3.999" is no registry'],
  ["an international host that is none", "xn--a.com/a", '"xn--a.com" is no registry'],
  ["a port that is none", "a.b:99999/c", '"a.b:99999" is no registry'],
  ["a host that begins with a dash", "-a.b/c", '"-a.b" is no registry'],
  ["a user before a host", "ann@ghcr.io/a", "is no digest"],
  ["the id of an image", HEX, "64 hexadecimal digits"],
  ["a name that is too long", `a.b/${"c".repeat(260)}`, "past 255 characters"],
  ["a line's end", "a\n", "is no repository"],
  ["much", "a".repeat(100_000), "100000 characters"],
];

for (const [why, text, message] of REFUSED) {
  test(`are refused: ${why}`, () => {
    assert.throws(
      () => parseReference(text),
      (error: unknown) =>
        error instanceof ImageError &&
        error.code === ErrorCode.InvalidArgument &&
        new RegExp(message).test(error.message) &&
        !error.message.includes("\n"),
    );
  });
}

const PIECES = [
  "a",
  "B",
  "0",
  ".",
  ":",
  "/",
  "@",
  "-",
  "_",
  "[",
  "]",
  "::1",
  "localhost",
  "docker.io",
  `sha256:${HEX}`,
  "\0",
  "é",
];

test("of any characters are refused in our words, or stand for themselves", () => {
  const anything = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(anything, (text) => {
      let whole: string;
      try {
        whole = formatReference(parseReference(text));
      } catch (error) {
        assert.ok(error instanceof ImageError && error.code === ErrorCode.InvalidArgument, String(error));
        return;
      }
      assert.is(formatReference(parseReference(whole)), whole);
      assert.ok(URL.canParse(`https://${whole.split("/")[0]}`), whole);
      assert.ok(!/[?#%\\\s]|\/\/|\/\.\.?(\/|$)/.test(whole), whole); // what would lead a request astray
    }),
    times(20_000),
  );
});

test.run();
