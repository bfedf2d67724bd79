import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, isError } from "../../src/host/errors.ts";
import { MAX_FILTERS_LENGTH, parseFilters } from "../../src/host/metadata/filter.ts";
import type { Info } from "../../src/host/metadata/info.ts";

const PLAIN: Info = {
  name: "a",
  parent: "",
  kind: "active",
  labels: new Map([["containerd.io/gc.root", "2024-01-01T00:00:00Z"]]),
  created: 1n,
  updated: 1n,
};

function matches(filter: string, info: Partial<Info> = {}): boolean {
  return parseFilters([filter])({ ...PLAIN, ...info });
}

function errorOf(filter: string): string {
  try {
    parseFilters([filter]);
  } catch (error) {
    assert.ok(isError(error, ErrorCode.InvalidArgument), String(error));
    return error.message;
  }
  return assert.unreachable(`${filter} was read`) as never;
}

const filters = suite("filters");

/** As containerd's own store answers, asked with one active snapshot "a" in it. */
const REFERENCE: [filter: string, matches: boolean][] = [
  ["", true],
  ["name", true],
  ["bogus", false],
  ["bogus==x", false],
  ["bogus!=x", true],
  ["kind==Active", false],
  ["kind~=act", true],
  ["parent", true],
  ["labels.x!=y", true],
  ["name~=^a$", true],
  ["name~=/^a$/", true],
  ['name=="a"', true],
  ["labels", false],
  ["name~=(", false],
  ["name==a.b", false],
];

for (const [filter, expected] of REFERENCE) {
  filters(`${filter || '""'} ${expected ? "matches" : "does not match"}, as with containerd`, () => {
    assert.is(matches(filter), expected);
  });
}

/** Each with what its error shows. */
const UNREADABLE: [filter: string, words: string][] = [
  ["name==a,", "[name==a,]: expected field or quoted"],
  [",", "[ >|,|< ]: expected field or quoted"],
  ["name=a", '[name >|=|< a]: unsupported operator "="'],
  ["name===a", '[name >|=|< ==a]: unsupported operator "==="'],
  ["name==|a|", "[name== >|||< a|]: invalid quote encountered"],
  [" name == a ", "[ name == a >| |< ]: unexpected input"],
  ["kind==active kind==view", "[kind==active >| |< kind==view]: unexpected input"],
  ["name ", "[name ]: expected an operator"],
  ["name==", "[name==]: expected value or quoted"],
  ["name== ==a", "[name==  >|=|< =a]: expected value or quoted"],
  ["name==.a", "[name== >|.|< a]: expected value or quoted"],
  ["name==/tmp/x", "[name== >|/|< tmp/x]: invalid quote encountered"],
  ["name=='a b'", "[name=='a >| |< b']: unexpected input"],
  ['name=="a', '[name== >|"|< a]: quoted literal not terminated'],
  ['name=="a\nb"', "quoted literal not terminated"],
  ['name=="\\q"', "escape"],
  ['name=="\\400"', "escape"],
  ['name=="\\ud800"', "escape"],
  ["|name|==a", "invalid quote"],
  ["é==a", "unexpected character"],
  ["name.==a", "[name. >|=|< =a]: expected field or quoted"],
  ["name .x", "expected an operator"],
  ["name~~a", 'unsupported operator "~~"'],
];

for (const [filter, words] of UNREADABLE) {
  filters(`${JSON.stringify(filter)} is refused, with the place`, () => {
    const message = errorOf(filter);
    assert.ok(message.startsWith("filters: parse error: [") && message.includes(words), message);
  });
}

const MATCHING: [why: string, filter: string, info: Partial<Info>][] = [
  ["blanks before tokens", "\tname  ==  a,  kind == active", {}],
  ["a quoted label", 'labels."containerd.io/gc.root"', {}],
  ["a label of several fields", "labels.a.b==1", { labels: new Map([["a.b", "1"]]) }],
  ["a label called __proto__", "labels.__proto__==x", { labels: new Map([["__proto__", "x"]]) }],
  ["a path, quoted", 'name=="/tmp/x"', { name: "/tmp/x" }],
  ["dots, equals and colons in a value", "name==sha256:a.b=c", { name: "sha256:a.b=c" }],
  ["quotes within a value", "name==a\"b'c|/", { name: "a\"b'c|/" }],
  ["letters of every script", "name==naïve日本", { name: "naïve日本" }],
  [
    "all escapes",
    'name=="\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\101\\x42\\u00e9\\U0001f600"',
    { name: '\x07\b\f\n\r\t\v\\"ABé😀' },
  ],
  ["bytes that make a character", 'name=="\\xc3\\xa9\\303\\251"', { name: "éé" }],
  ["a pattern between bars", "name~=|^/tmp/.$|", { name: "/tmp/x" }],
  ["a pattern whose backslashes are doubled", "name~=/^\\\\d+\\/$/", { name: "12/" }],
  ["a pattern of Go", "name~=(?i)^A$", {}],
  ["a pattern with Go's groups and classes", "name~=(?P<x>[[:alpha:]])\\pL?\\z", {}],
  ["a pattern that would take for ever", `name~=^(a+)+$`, { name: `${"a".repeat(1000)}` }],
  ["a pattern over nothing", "labels.x~=^$", {}],
  ["names with more fields are names", "name.x==a", {}],
  ["quoted fields", '"name"==a', {}],
  ["not equal to a parent", 'parent!=""', { parent: "p" }],
];

for (const [why, filter, info] of MATCHING) {
  filters(`${why}: ${JSON.stringify(filter)} matches`, () => assert.ok(matches(filter, info)));
}

filters("of several one must match, and each of its selectors", () => {
  const infos = (["active", "view", "committed"] as const).map((kind, i) => ({ ...PLAIN, kind, name: `n${i}` }));
  const kinds = (...each: string[]): string[] => infos.filter(parseFilters(each)).map(({ kind }) => kind);
  assert.equal(kinds(), ["active", "view", "committed"]);
  assert.equal(kinds("kind==view", "name==n2,kind"), ["view", "committed"]);
  assert.equal(kinds("kind==view,name==n2"), []);
  assert.equal(kinds("kind==view", ""), ["active", "view", "committed"]);
});

filters("that are no patterns never match, and never take long", () => {
  const start = performance.now();
  const bad = ["(", "(?=a)", "\\1", "a**", "(?<=a)a", "[", "(?:a{1000}){1000}", "(".repeat(5000), "a{1001}", "\\"];
  for (const pattern of bad) assert.not.ok(matches(`name~="${pattern.replaceAll("\\", "\\\\")}"`), pattern);
  assert.not.ok(matches("name~=^(a|a)*$", { name: `${"a".repeat(1024)}b` }));
  assert.not.ok(matches(`name~=^(${"a?".repeat(900)}){9}$`, { name: `${"a".repeat(1024)}b` }));
  assert.ok(performance.now() - start < 10_000);
});

filters("are refused when they are too long", () => {
  assert.ok(matches("name,".repeat((MAX_FILTERS_LENGTH - 4) / 5).concat("name")));
  assert.match(errorOf(`name==${"a".repeat(MAX_FILTERS_LENGTH)}`), "are 16390 characters long, of at most 16384");
});

const PIECES = [
  "name",
  "kind",
  "labels",
  "x",
  ".",
  ",",
  "==",
  "!=",
  "~=",
  "=",
  "~",
  '"',
  "/",
  "|",
  "\\",
  " ",
  "\n",
  "(",
  "a",
  "é",
  "\ud800",
  "\\x41",
  "*",
  "[",
  "\u0000",
  "\u{1f600}",
];

filters("fail with InvalidArgument and in no other way, whatever they are", () => {
  const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((each) => each.join(""));
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(pieces, fc.string({ unit: "binary" })), (filter) => {
      try {
        const answer = matches(filter, { labels: new Map([["x", "a"]]) });
        assert.type(answer, "boolean");
        read++;
      } catch (error) {
        assert.ok(isError(error, ErrorCode.InvalidArgument), `${JSON.stringify(filter)}: ${error}`);
      }
    }),
    { numRuns: 20_000 },
  );
  assert.ok(read > 1000, `${read} were read`);
});

filters("find any value that is quoted, and no other", () => {
  const quote = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
  const text = fc.string({ unit: "binary", maxLength: 20 });
  fc.assert(
    fc.property(text, text, (value, other) => {
      const info = { labels: new Map([[other, value]]) };
      const field = `labels.${quote(other)}`;
      assert.ok(matches(`${field}==${quote(value)}`, info));
      assert.is(matches(`${field}==${quote(other)}`, info), value === other);
    }),
    { numRuns: 5000 },
  );
});

filters.run();
