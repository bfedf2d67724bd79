/** What we declare of Windows's DLLs is what its headers say: functions. */
import koffi, { type TypeObject } from "koffi";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { declarations, inC, isPointer } from "../fixtures/windows-declarations.ts";
import { present } from "../oracles/oracle.ts";
import { type Kind, type Prototype, windowsHeaders } from "../oracles/windows-headers.ts";

interface OurParameter {
  name: string;
  type: TypeObject;
}

/** A declaration in koffi's words; what goes in or out is no part of a type. */
function parse(declaration: string): { name: string; result: TypeObject; parameters: OurParameter[] } {
  const [, head, list] = /^(.*?)\((.*)\)$/.exec(declaration)!;
  const split = (text: string): OurParameter => {
    const [, type, name] = /^(?:_\w+_ )?(.*?)(\w+)$/.exec(text.trim())!;
    return { name: name!, type: koffi.type(type!.trim()) };
  };
  const { name, type: result } = split(head!);
  return { name, result, parameters: list ? list.split(",").map(split) : [] };
}

let prototypes = new Map<string, Prototype>();

/** What of declarations is not as their prototypes have it: a size, a sign, a pointer, or the size of what it points to. */
function wrongInDeclarations(all: string[]): string[] {
  const ours = all.map(parse);
  const known = ours.map(({ name }) => prototypes.get(name)).filter((theirs) => theirs !== undefined);
  const kinds = windowsHeaders.kinds(known.flatMap(({ result, parameters }) => [result, ...parameters]));
  return ours.flatMap(({ name, result, parameters }) => {
    const theirs = prototypes.get(name);
    if (theirs === undefined) return [`${name}: in no header`];
    if (theirs.parameters.length !== parameters.length) {
      return [`${name}: ${parameters.length} parameters, not ${theirs.parameters.length}`];
    }
    const types = [theirs.result, ...theirs.parameters];
    return [{ name: "its result", type: result }, ...parameters]
      .map((each, index) => ({ ...each, theirs: types[index]! }))
      .filter((each) => !isSame(each.type, kinds.get(each.theirs)!))
      .map((each) => `${name}: ${each.name} is ${each.type.name}, not ${each.theirs}`);
  });
}

function isSame(ours: TypeObject, theirs: Kind): boolean {
  if (ours.primitive === "Void") return theirs.is === "nothing";
  if (theirs.size !== BigInt(ours.size)) return false;
  if (!isPointer(ours)) return theirs.is === (ours.primitive.startsWith("U") ? "unsigned" : "signed");
  const pointed = ours.primitive === "String16" ? 2 : ours.ref!.size; // 0: to anything
  return theirs.is === "pointer" && (pointed === 0 || theirs.pointed === 0n || theirs.pointed === BigInt(pointed));
}

/** The structures that virtdisk.h has in another version are those of its page. */
const onPages = (type: string) => type.replace(/^P(\w+_VIRTUAL_DISK_PARAMETERS)$/, (_, name) => `${inC(name)} *`);

const headers = suite("Windows's headers: functions");

if (present(windowsHeaders, headers)) {
  headers.before(() => {
    prototypes = windowsHeaders.prototypes();
    for (const each of prototypes.values()) each.parameters = each.parameters.map(onPages);
  });

  headers("have the functions that we declare, with parameters of the same kinds", () => {
    assert.ok(declarations.length >= 100, `${declarations.length} functions`);
    assert.equal(wrongInDeclarations(declarations), []);
  });

  const WRONG: [declaration: string, why: string][] = [
    ["int32_t CimCommitImage()", "CimCommitImage: 0 parameters, not 1"],
    ["int32_t CloseHandle(uint32_t handle)", "CloseHandle: handle is uint32_t, not HANDLE"],
    ["int32_t CimWriteStream(void *stream, void *from, uint64_t size)", "CimWriteStream: size is uint64_t, not UINT32"],
    [
      "int32_t GetVolumePathNameW(str16 path, uint64_t *to, uint32_t size)",
      "GetVolumePathNameW: to is uint64_t *, not LPWSTR",
    ],
    ["uint32_t CimDismountImage(const void *id)", "CimDismountImage: its result is uint32_t, not HRESULT"],
    ["int32_t CimCloseStream(void *stream)", "CimCloseStream: its result is int32_t, not void"],
    ["void CimDeletePath(void *image, str16 path)", "CimDeletePath: its result is void, not HRESULT"],
    ["int32_t RtlGetVersion(LUID *version)", "RtlGetVersion: version is LUID *, not PRTL_OSVERSIONINFOW"],
    ["int32_t CimCommit(void *image)", "CimCommit: in no header"],
  ];
  headers("are not met by wrong declarations", () => {
    const found = wrongInDeclarations(WRONG.map(([declaration]) => declaration));
    assert.equal(
      found,
      WRONG.map(([, why]) => why),
    );
  });
}

headers.run();
