/** Looking into a block map: from all of it to single blocks and back, with one cell chosen. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { USE_LOOKS } from "../../src/host/image/map-uses.ts";
import { MapView } from "../../src/host/image/map-view.ts";
import { describeRange, describeShares, formatShare } from "../../src/host/image/map-words.ts";
import type { BlockMap } from "../../src/index.ts";
import { times } from "../fixtures/runs.ts";

const GIB = 2 ** 30;
const FREE = USE_LOOKS.findIndex(({ use }) => use === "free");
const DATA = USE_LOOKS.findIndex(({ use }) => use === "file-data");

/** Free, with one block of file data at a byte. */
function mapWithData(size: number, at: number): BlockMap {
  const before = at > 0;
  const starts = [...(before ? [0] : []), at, at + 4096];
  return {
    blockSize: 4096,
    blocksPerGroup: 32_768,
    size,
    starts: Float64Array.from(starts),
    uses: Uint8Array.from([...(before ? [FREE] : []), DATA, FREE]),
    owners: Uint32Array.from([...(before ? [0] : []), 12, 0]),
  };
}

const view = suite("block map: looked into");

view("a single block of 20 GiB is seen from afar, and reached by looking closer", () => {
  const at = 7 * GIB + 123 * 4096;
  const looked = new MapView(mapWithData(20 * GIB, at));
  looked.choose(looked.cells.findIndex(({ mark }) => mark === "file-data"));
  assert.ok(looked.chosenCell.at <= at && at < looked.chosenCell.at + looked.chosenCell.length);
  assert.is(looked.telling, looked.chosenCell.at === at ? at / 4096 : undefined);
  for (let steps = 0; looked.canGoCloser; steps++) {
    assert.ok(steps < 10);
    looked.goCloser();
    looked.choose(looked.cells.findIndex(({ shares }) => shares.some(({ use }) => use === "file-data")));
  }
  assert.is(looked.cellSize, 4096);
  assert.is(looked.chosenCell.main, "file-data");
  assert.is(looked.telling, at / 4096);
  while (looked.canStepBack) looked.stepBack();
  assert.equal(looked.range, { from: 0, end: 20 * GIB });
});

view("what is chosen stays chosen, whatever is looked at", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_242_880 }),
      fc.array(
        fc.oneof(
          fc.constantFrom("goCloser" as const, "stepBack" as const, "showAll" as const),
          fc.constantFrom(8, 16, 24, 64, 96, 128),
          fc.nat(4096).map((cell) => ({ cell })),
        ),
        { maxLength: 30 },
      ),
      (blocks, steps) => {
        const looked = new MapView(mapWithData(blocks * 4096 + 4096, 0));
        for (const step of steps) {
          const { at, length } = looked.chosenCell;
          if (typeof step === "object") looked.choose(step.cell);
          else if (typeof step === "number") looked.setColumns(step);
          else looked[step]();
          const { from, end } = looked.range;
          assert.ok(from % 4096 === 0 && from >= 0 && end > from && end <= looked.map.size);
          assert.ok(looked.cells.length > 0);
          assert.is(looked.cells[0]!.at, from);
          if (typeof step === "object") continue;
          const { chosenCell } = looked;
          assert.ok(
            chosenCell.at < at + length && at < chosenCell.at + chosenCell.length,
            `${step} keeps what is chosen`,
          );
        }
      },
    ),
    times(300),
  );
});

const words = suite("block map: in words");

words("say where, what, and how much", () => {
  const map = mapWithData(20 * GIB, 4096);
  assert.is(describeRange(map, 4096, 4096), "block 1");
  assert.is(describeRange(map, 8192, 16_384), "blocks 2 to 5 (16.0 KiB)");
  assert.is(describeRange({ ...map, size: 8192 + 512 }, 8192, 512), "bytes 8192 to 8703");
  assert.is(describeShares([{ use: "free", bytes: 4096 }]), "free");
  assert.is(
    describeShares([
      { use: "file-data", bytes: 8192 },
      { use: "superblock", bytes: 4096 },
    ]),
    "file data 8.0 KiB, superblock 4.0 KiB",
  );
  assert.equal(
    [0, 1, 500, 1000].map((bytes) => formatShare(bytes, 10_000)),
    ["0.0 %", "<0.1 %", "5.0 %", "10.0 %"],
  );
});

words("and letters tell every use from every other", () => {
  assert.is(new Set(USE_LOOKS.map(({ letter }) => letter)).size, USE_LOOKS.length);
  assert.is(new Set(USE_LOOKS.map(({ words }) => words)).size, USE_LOOKS.length);
  for (const { letter, light, dark } of USE_LOOKS) {
    assert.match(letter, /^[\x21-\x7e]$/);
    assert.match(`${light} ${dark}`, /^#[0-9a-f]{6} #[0-9a-f]{6}$/);
  }
});

view.run();
words.run();
