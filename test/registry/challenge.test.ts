/** WWW-Authenticate, as servers write it. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseChallenges } from "../../src/host/registry/challenge.ts";
import { times } from "../fixtures/runs.ts";

const test = suite("registry: challenges");

/** Schemes with their parameters, as plain objects. */
const read = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

const CASES: [why: string, header: string, challenges: [string, Record<string, string>][]][] = [
  ["nothing", "", []],
  ["a word", "Negotiate", [["negotiate", {}]]],
  ["Basic", 'Basic realm="basic-realm"', [["basic", { realm: "basic-realm" }]]],
  [
    "Docker Hub's",
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
    [
      [
        "bearer",
        {
          realm: "https://auth.docker.io/token",
          service: "registry.docker.io",
          scope: "repository:library/alpine:pull",
        },
      ],
    ],
  ],
  [
    "a scope with commas",
    'Bearer realm="r", scope="repository:a:pull,push"',
    [["bearer", { realm: "r", scope: "repository:a:pull,push" }]],
  ],
  ["blanks and empty items", ' , Bearer  realm = "r" , , a=b ,', [["bearer", { realm: "r", a: "b" }]]],
  ["quotes within quotes", String.raw`Basic realm="a \"b\" \\ c"`, [["basic", { realm: String.raw`a "b" \ c` }]]],
  ["no quotes", "Bearer realm=r,service=s", [["bearer", { realm: "r", service: "s" }]]],
  [
    "several",
    'Basic realm="a", Bearer realm="b",service="c", Digest',
    [
      ["basic", { realm: "a" }],
      ["bearer", { realm: "b", service: "c" }],
      ["digest", {}],
    ],
  ],
  [
    "a token of the older form",
    'NTLM TlRMTVNTUAAC==, Bearer realm="b"',
    [
      ["ntlm", {}],
      ["bearer", { realm: "b" }],
    ],
  ],
  ["letters of either kind", 'BEARER Realm="b"', [["bearer", { realm: "b" }]]],
  ["the same twice: the first counts", 'Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
  ["quotes that do not end", 'Bearer realm="b', [["bearer", {}]]],
  ["prototypes", 'Bearer __proto__="a",constructor="b"', [["bearer", { ["__proto__"]: "a", constructor: "b" }]]],
];

for (const [why, header, challenges] of CASES) {
  test(`are read: ${why}`, () => assert.equal(read(header), challenges));
}

test("that were written come back", () => {
  const token = fc.string({ unit: fc.constantFrom(..."abcXYZ019-._~"), minLength: 1, maxLength: 8 });
  const value = fc.string({ unit: fc.constantFrom(...'ab ,="\\:/?é'), maxLength: 12 });
  const names = fc.uniqueArray(token, { selector: (name) => name.toLowerCase(), minLength: 1, maxLength: 4 });
  const challenge = fc.record({ scheme: token, names, values: fc.array(value, { minLength: 4, maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
      const header = challenges
        .map(
          ({ scheme, names, values }) =>
            `${scheme} ${names.map((name, i) => `${name}=${JSON.stringify(values[i])}`).join(",")}`,
        )
        .join(", ");
      assert.equal(
        read(header),
        challenges.map(({ scheme, names, values }) => [
          scheme.toLowerCase(),
          Object.fromEntries(names.map((name, i) => [name.toLowerCase(), values[i]])),
        ]),
      );
    }),
    times(3000),
  );
});

test("of any characters neither fail nor take long", () => {
  const piece = fc.constantFrom("Bearer ", "Basic", " ", ",", "=", '"', "\\", "a", "==", "realm=", "\t", "\0", "é");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      assert.ok(parseChallenges(pieces.join("")).length <= 16);
    }),
    times(10_000),
  );
  const start = performance.now();
  for (const piece of [", ", "a=", '"\\', "a ", "a==,", 'a="', "=", "a"])
    parseChallenges(`Bearer ${piece.repeat(16_384 / piece.length)}`);
  assert.ok(performance.now() - start < 2000, `${performance.now() - start} ms`);
});

test.run();
