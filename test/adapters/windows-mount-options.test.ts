/** Options of Windows's mounts: what snapshotters say, and nothing else. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cimFsOptions, windowsLayerOptions } from "../../src/adapters/windows/mount-options.ts";
import { ErrorCode } from "../../src/index.ts";
import { refuses } from "../fixtures/refuses.ts";

const SOURCE = "C:\\root\\snapshots\\3";
const PARENTS = ["C:\\root\\snapshots\\2", "C:\\root\\snapshots\\1"];
const CIMS = ["C:\\root\\snapshots\\cim-layers\\2.cim", "C:\\root\\snapshots\\cim-layers\\1.cim"];

const parents = `parentLayerPaths=${JSON.stringify(PARENTS)}`;
const cims = `parentCimPaths=${JSON.stringify(CIMS)}`;

const mount = (options: string[], source = SOURCE) => ({ type: "", source, target: "", options });

const options = suite("mount options of Windows's layers");

options("are read and write, unless the last of both words says otherwise", () => {
  const readOnly = (...words: string[]) => windowsLayerOptions(mount(words)).readOnly;
  assert.equal([readOnly(), readOnly("rw"), readOnly("ro"), readOnly("ro", "rw")], [false, false, true, false]);
});

options("list parents, the nearest first; none are an empty list, null, or no option", () => {
  assert.equal(windowsLayerOptions(mount(["rw", parents])).parents, PARENTS);
  for (const none of [[], ["parentLayerPaths=null"], ["parentLayerPaths=[]"]])
    assert.equal(windowsLayerOptions(mount(none)).parents, []);
});

options("name the CIM of the nearest layer, or leave it to follow from a directory's name", () => {
  const own = "cimpath=C:\\root\\snapshots\\cim-layers\\3.cim";
  assert.equal(cimFsOptions(mount(["rw", own, parents, cims])), {
    directory: SOURCE,
    readOnly: false,
    parents: PARENTS,
    cim: CIMS[0],
  });
  assert.is(cimFsOptions(mount(["rw", parents])).cim, CIMS[0]);
});

options("name the CIM itself where it has no parents, which is only read", () => {
  assert.is(cimFsOptions(mount(["ro", "cimpath=D:\\cims\\base.cim"])).cim, "D:\\cims\\base.cim");
  assert.is(cimFsOptions(mount(["ro"])).cim, "C:\\root\\snapshots\\cim-layers\\3.cim");
});

options("give paths as Windows's functions take them, however they are written", () => {
  const slashes = (path: string) => `${path.replaceAll("\\", "/")}/`;
  const words = [
    `parentLayerPaths=${JSON.stringify(PARENTS.map(slashes))}`,
    `parentCimPaths=${JSON.stringify(CIMS.map((each) => each.replaceAll("\\", "/")))}`,
  ];
  const expected = { directory: SOURCE, readOnly: false, parents: PARENTS, cim: CIMS[0] };
  assert.equal(cimFsOptions(mount(words, slashes(SOURCE))), expected);
  assert.is(windowsLayerOptions(mount([], `${SOURCE}\\..\\3\\`)).directory, SOURCE);
  const volume = "\\\\?\\Volume{738f7a76-5f2d-5fc5-aa43-120530a48964}\\layers\\1";
  for (const whole of [volume, "\\\\server\\share\\layers\\1"])
    assert.is(windowsLayerOptions(mount([], whole)).directory, whole);
});

const WRONG: [why: string, words: string[], says: RegExp][] = [
  ["a flag of another system", ["ro", "noatime"], /option "noatime" is none of ro, rw, parentLayerPaths=/],
  ["an option of another snapshotter", ["blockCIMType=file"], /option "blockCIMType=file" is none of/],
  ["a word with a value that has none", ["ro=1"], /option "ro=1" is none of/],
  ["no JSON", ["parentLayerPaths=C:\\a"], /parentLayerPaths=C:\\a: is not a JSON array of paths/],
  ["JSON of something else", ["parentLayerPaths=[1]"], /parentLayerPaths=\[1\]: is not a JSON array/],
  ["a relative parent", ['parentLayerPaths=["a"]'], /parentLayerPaths: "a" is not an absolute path/],
  ["a parent with a zero in it", ['parentLayerPaths=["C:\\\\a\\u0000b"]'], /"C:\\\\a\\u0000b" is not an absolute path/],
];

for (const [why, words, says] of WRONG) {
  options(`are refused: ${why}`, () => {
    refuses(() => windowsLayerOptions(mount(words)), ErrorCode.InvalidArgument, says);
    refuses(() => cimFsOptions(mount(words)), ErrorCode.InvalidArgument, says);
  });
}

options("are refused: CIMs are for mounts of CIMs", () => {
  refuses(() => windowsLayerOptions(mount([cims])), ErrorCode.InvalidArgument, /is none of/);
});

options("are refused: a source that depends on where a process is", () => {
  for (const path of ["layer", "\\layer", "/layer", "C:layer", "C:"])
    refuses(
      () => windowsLayerOptions(mount([], path)),
      ErrorCode.InvalidArgument,
      /source: ".*" is not an absolute path/,
    );
});

options("are refused: fewer CIMs than parents", () => {
  const few = `parentCimPaths=${JSON.stringify(CIMS.slice(1))}`;
  refuses(() => cimFsOptions(mount([parents, few])), ErrorCode.InvalidArgument, /2 parents and 1 CIMs/);
});

options("are refused: a CIM to write to", () => {
  refuses(() => cimFsOptions(mount(["rw"])), ErrorCode.InvalidArgument, /has no scratch disk/);
});

options.run();
