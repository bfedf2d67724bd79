/** What we declare of Windows's DLLs is what its headers say: structures, constants and errors. */
import koffi, { type TypeObject } from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KNOWN_ERRORS } from "../../src/adapters/windows/error-table.ts";
import { constants, inC, isPointer, structures } from "../fixtures/windows-declarations.ts";
import { present } from "../oracles/oracle.ts";
import { POINTER_CLASS, windowsHeaders } from "../oracles/windows-headers.ts";

/** In no header, and on no page. */
const HCSSHIMS_OWN = /^(CIM_|BINDFLT_FLAG_|DriverFlavour_)/;

/** Each member, and each of a member that is a structure itself. */
function members(type: TypeObject, path = "", offset = 0): { path: string; offset: number; type: TypeObject }[] {
  return Object.values(type.members ?? {}).flatMap((member) => {
    const here = { path: `${path}${member.name}`, offset: offset + member.offset, type: member.type };
    const { primitive, ref } = member.type;
    if (primitive === "Record") return [here, ...members(member.type, `${here.path}.`, here.offset)];
    if (primitive === "Array" && ref) return [here, ...members(ref, `${here.path}[0].`, here.offset)];
    return [here];
  });
}

/** What is not as the compiler has it: a place, a size, or a pointer for what is none. */
function wrongInStructures(types: Iterable<[name: string, type: TypeObject]>): string[] {
  const claims = [...types].flatMap(([name, type]) => claimsOf(name, type));
  const answers = windowsHeaders.values(claims.map(({ expression }) => expression));
  return claims
    .filter(({ expression, ours }) => answers.get(expression) !== BigInt(ours))
    .map(({ what, expression, ours }) => `${what}: ${ours}, not ${answers.get(expression)}`);
}

interface Claim {
  what: string;
  expression: string;
  ours: number;
}

function claimsOf(name: string, type: TypeObject): Claim[] {
  const structure = inC(name);
  const ofMembers = members(type).flatMap(({ path, offset, type }): Claim[] => {
    const field = `((${structure} *)0)->${path}`;
    const claims = [
      { what: `${name}.${path} stands at`, expression: `offsetof(${structure}, ${path})`, ours: offset },
      { what: `${name}.${path} has a size of`, expression: `sizeof(${field})`, ours: type.size },
    ];
    if (["Array", "Record"].includes(type.primitive)) return claims;
    const expression = `__builtin_classify_type(${field}) == ${POINTER_CLASS}`;
    return [...claims, { what: `${name}.${path} is a pointer`, expression, ours: Number(isPointer(type)) }];
  });
  return [{ what: `${name} has a size of`, expression: `sizeof(${structure})`, ours: type.size }, ...ofMembers];
}

/** Those of `ours` that the compiler has otherwise. */
function otherValues(ours: ReadonlyMap<string, number | bigint>): string[] {
  const theirs = windowsHeaders.values(ours.keys());
  return [...ours.keys()].filter((name) => theirs.get(name) !== BigInt.asIntN(64, BigInt(ours.get(name)!)));
}

const headers = suite("Windows's headers");

if (present(windowsHeaders, headers)) {
  headers("have the structures that we declare, with their members in the same places", () => {
    assert.ok(structures.size >= 14, `${structures.size} structures`);
    assert.equal(wrongInStructures(structures), []);
  });

  headers("have the constants that we declare", () => {
    const theirs = new Map([...constants].filter(([name]) => !HCSSHIMS_OWN.test(name)));
    assert.ok(theirs.size >= 80, `${theirs.size} constants`);
    assert.equal(otherValues(theirs), []);
    assert.equal(otherValues(new Map([...theirs, ["OPEN_EXISTING", 4]])), ["OPEN_EXISTING"], "and it would be seen");
  });

  headers("have the errors that we know, by the same codes", () => {
    const codes = new Map([...KNOWN_ERRORS].map(([code, [name]]) => [name, code]));
    assert.is(codes.size, KNOWN_ERRORS.size, "names are used once");
    const theirs = windowsHeaders.macros(codes.keys());
    assert.ok(theirs.length >= 60, `${theirs.length} errors`);
    assert.equal(otherValues(new Map(theirs.map((name) => [name, codes.get(name)! | 0]))), []);
  });

  const WRONG: [members: Record<string, string>, why: string[]][] = [
    [
      { ImageDir: "uint32_t", ImageName: "str16" },
      ["CIMFS_IMAGE_PATH.ImageDir has a size of: 4, not 8", "CIMFS_IMAGE_PATH.ImageDir is a pointer: 0, not 1"],
    ],
    [
      { ImageName: "str16", ImageDir: "str16" },
      ["CIMFS_IMAGE_PATH.ImageName stands at: 0, not 8", "CIMFS_IMAGE_PATH.ImageDir stands at: 8, not 0"],
    ],
    [{ ImageDir: "str16" }, ["CIMFS_IMAGE_PATH has a size of: 8, not 16"]],
    [{ ImageDir: "str16", ImageName: "uint64_t" }, ["CIMFS_IMAGE_PATH.ImageName is a pointer: 0, not 1"]],
  ];
  headers("are not met by wrong structures", () => {
    const wrong = WRONG.map(([members]): [string, TypeObject] => ["CIMFS_IMAGE_PATH", koffi.struct(members)]);
    assert.equal(
      wrongInStructures(wrong),
      WRONG.flatMap(([, why]) => why),
    );
  });
}

headers.run();
