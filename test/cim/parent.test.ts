/** Parents that somebody else made: what our own writer never writes, and what nobody should. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { type BuildOptions, type BuiltCim, type BuiltNode, buildCim } from "../fixtures/cim-builder.ts";
import { type CimDirectory, cimOf, type LayerOptions, makeCim } from "../fixtures/cim-layer.ts";
import { type CimContents, digestOf, readCimTree } from "../fixtures/cim-tree.ts";
import { noise } from "../fixtures/random.ts";
import { refuses } from "../fixtures/refuses.ts";
import { times } from "../fixtures/runs.ts";
import { windowsEntry, windowsTar } from "../fixtures/windows-tar.ts";

const parents = suite("cim parents");

const NOTHING = windowsTar([]);

function directoryOf(parent: BuiltCim): CimDirectory {
  return new Map([...parent.files, ["parent.cim", parent.header]]);
}

/** Makes a child of a layer without entries. */
function childOf(parent: BuiltCim, options: LayerOptions = {}): CimDirectory {
  const directory = directoryOf(parent);
  makeCim(directory, "child.cim", NOTHING, { parent: "parent.cim", ...options });
  return directory;
}

const file = (content: BuiltNode["content"]): BuiltNode => ({ content: content ?? Buffer.alloc(0) });
const PROGRAM = Buffer.from(noise(9000, 1));
const ROOT: BuiltNode = {
  names: [
    [
      "program",
      file({
        program: PROGRAM,
        parts: [
          [512, 3584],
          [4096, 8192],
        ],
      }),
    ],
    ["twin", file(Buffer.from("twin"))],
    ["zeros", { ...file({ sparse: 1_000_000 }), flags: 0x10 }],
    ["large", file(Buffer.from(noise(1_000_000, 2)))],
    ["bare", { content: Buffer.from("x"), sd: null, streams: { s: Buffer.from("stream"), empty: Buffer.alloc(0) } }],
    ["sub", { names: [["empty", file(Buffer.alloc(0))]] }],
  ],
};

/** What the reader tells of the parent itself; files without a descriptor come to have one. */
async function parentTree(parent: BuiltCim): Promise<CimContents> {
  const tree = await readCimTree(cimOf(directoryOf(parent), "parent.cim"), ["DescriptorMissing"]);
  const nullDacl = `01000480${"00".repeat(16)}`;
  return Object.fromEntries(
    Object.entries(tree).map(([path, node]) => [path, { ...node, descriptor: node.descriptor || nullDacl }]),
  );
}

parents("that hold programs as they lie in memory, and zeros that are not stored, are taken over", async () => {
  const parent = buildCim(ROOT);
  const directory = childOf(parent);
  for (const name of parent.files.keys()) directory.delete(name);
  const found = await readCimTree(cimOf(directory, "child.cim"));
  assert.equal(found, await parentTree(parent));
  assert.is(found["/program"]!.content, digestOf(PROGRAM));
});

parents("are forked with all that they hold", async () => {
  const parent = buildCim(ROOT);
  const found = await readCimTree(cimOf(childOf(parent, { fork: true }), "child.cim"));
  assert.equal(found, await parentTree(parent));
});

parents("of version 1 may have children of version 2", async () => {
  const parent = buildCim(ROOT, { version: 1 });
  assert.equal(await readCimTree(cimOf(childOf(parent), "child.cim")), await parentTree(parent));
});

parents("keep their own upper case, by which their names are told apart", async () => {
  const parent = buildCim(
    {
      names: [
        ["a", file(Buffer.from("1"))],
        ["A", file(Buffer.from("2"))],
      ],
    },
    { upcase: (unit) => unit },
  );
  for (const fork of [false, true]) {
    const found = await readCimTree(cimOf(childOf(parent, { fork }), "child.cim"));
    assert.equal(Object.keys(found), ["/", "/A", "/a"]);
  }
});

parents("whose files share contents have children whose files do", async () => {
  const shared = noise(5000, 3);
  const parent = buildCim({
    names: [
      ["a", file(Buffer.from(shared))],
      ["b", file(Buffer.from(shared))],
    ],
  });
  const directory = directoryOf(parent);
  const { guid } = makeCim(directory, "child.cim", windowsTar([windowsEntry("file", "c", { data: shared })]), {
    parent: "parent.cim",
  });
  assert.is(directory.get(`region_${guid}_1`)!.length, 3 * 4096);
});

const loop: BuiltNode = { names: [] };
loop.names = [["loop", loop]];
const shared: BuiltNode = { names: [["x", file(Buffer.from("x"))]] };
const SAME_PLACE = (cim: BuiltCim): void => {
  // All files of 1,000,000 bytes at one place, each a byte shorter than the one before: far more than the region holds.
  for (const [node, id] of cim.ids) {
    if (node.names !== undefined) continue;
    const at = cim.places.get(node)!.record! + 0x28;
    cim.metadata.writeBigUInt64LE(0x1_0000_0000_1000n, at);
    cim.metadata.writeBigUInt64LE(BigInt(1_000_000 - id), at + 8);
  }
};

const STREAMS = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`s${1000 + i}`, Buffer.alloc(0)]));
const SHARING = Array.from({ length: 200 }, (_, i): [string, BuiltNode] => [
  `f${i}`,
  { content: Buffer.alloc(0), ...(i === 0 && { streams: STREAMS }) },
]);

const HOSTILE: [
  why: string,
  root: BuiltNode,
  options: BuildOptions,
  damage: (cim: BuiltCim) => void,
  code: ErrorCode,
  message: RegExp,
][] = [
  ["a directory in itself", loop, {}, () => {}, ErrorCode.Corrupt, /a directory that has two names/],
  [
    "a directory with two names",
    {
      names: [
        ["a", shared],
        ["b", shared],
      ],
    },
    {},
    () => {},
    ErrorCode.Corrupt,
    /has two names/,
  ],
  [
    "names that are one",
    {
      names: [
        ["é", file(undefined)],
        ["É", file(undefined)],
      ],
    },
    {},
    (cim) => {
      cim.metadata.writeUInt16LE(0xc9, cim.upcase + 2 * 0xe9);
    },
    ErrorCode.Corrupt,
    /a name is there twice/,
  ],
  [
    "contents of more bytes than there are",
    { names: Array.from({ length: 40 }, (_, i) => [`f${i}`, file(Buffer.from(noise(i === 0 ? 1_000_000 : 1, i)))]) },
    {},
    SAME_PLACE,
    ErrorCode.Corrupt,
    /contents of \d+ bytes and more in a parent/,
  ],
  [
    "streams that are one",
    { names: [["f", { content: Buffer.alloc(0), streams: { a: Buffer.from("1"), b: Buffer.from("2") } }]] },
    {},
    (cim) => {
      cim.metadata.writeUInt16LE(0x41, cim.upcase + 2 * 0x62);
    },
    ErrorCode.Corrupt,
    /alternate streams: names are out of order/,
  ],
  [
    "tables of streams that all files share",
    { names: SHARING },
    {},
    (cim) => {
      const [, first] = SHARING[0]!;
      const table = cim.metadata.readBigUInt64LE(cim.places.get(first)!.record! + 0x50);
      for (const [, node] of SHARING) cim.metadata.writeBigUInt64LE(table, cim.places.get(node)!.record! + 0x50);
    },
    ErrorCode.Corrupt,
    /alternate streams and more in regions of \d+ bytes/,
  ],
  [
    "a content behind its region",
    { names: [["f", file(Buffer.from("f"))]] },
    {},
    (cim) => {
      const [, node] = [...cim.ids.keys()];
      cim.metadata.writeBigUInt64LE(0x1_0000_1000_0000n, cim.places.get(node!)!.record! + 0x28);
    },
    ErrorCode.Corrupt,
    /where there are not as many/,
  ],
];
for (const [why, root, options, damage, code, message] of HOSTILE) {
  parents(`with ${why} are refused`, () => {
    const parent = buildCim(root, options);
    damage(parent);
    refuses(() => childOf(parent), code, message);
  });
}

parents("of a version of which not all is known are taken over, and not forked", async () => {
  const parent = buildCim(ROOT, { version: 3 });
  childOf(parent);
  refuses(() => childOf(parent, { fork: true }), ErrorCode.Unsupported, /version 3, of which not all is known/);
});

parents("with more names than a tree may have are refused", () => {
  refuses(() => childOf(buildCim(ROOT), { maxEntries: 3 }), ErrorCode.OutOfRange, /more than 3 names/);
});

parents("are needed by forks", () => {
  refuses(
    () => makeCim(new Map(), "x.cim", NOTHING, { fork: true }),
    ErrorCode.InvalidArgument,
    /a fork needs a parent/,
  );
});

parents("property: whatever is damaged in one, a child is made of it or one clear error", () => {
  const sound = buildCim(ROOT);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (changes, fork) => {
        const parent = buildCim(ROOT);
        const start = sound.upcase + 131_072;
        for (const [at, byte] of changes) parent.metadata[start + (at % (sound.metadata.length - start))] = byte;
        try {
          childOf(parent, { fork });
        } catch (error) {
          assert.ok(error instanceof ImageError, String(error));
          assert.ok(
            [ErrorCode.Corrupt, ErrorCode.Unsupported, ErrorCode.OutOfRange].includes(error.code),
            error.message,
          );
        }
      },
    ),
    times(300),
  );
});

parents.run();
