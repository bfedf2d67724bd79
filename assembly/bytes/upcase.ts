/**
 * Upper case as Windows has it for names, one UTF-16 unit to one unit, whatever the language of the machine.
 *
 * Names that differ in nothing else are one name, in the registry as in its filesystems. It is not Unicode's own: of Unicode
 * 5.1, only the letters whose capital's small letter they are have one, so that "ß", "ı" and "µ" stay.
 *
 * Source: [MS-UCODEREF] 3.1.5.3, "Mapping UTF-16 Strings to Upper Case"; $UpCase of an NTFS volume of Windows 7 is the same.
 */

/** Where a run begins, how many units it has, how far apart they stand, and what is added to each. */
const RUNS = memory.data<i32>([
  0x0061, 26, 1, -32, 0x00e0, 23, 1, -32, 0x00f8, 7, 1, -32, 0x00ff, 1, 1, 121, 0x0101, 24, 2, -1, 0x0133, 3, 2, -1,
  0x013a, 8, 2, -1, 0x014b, 23, 2, -1, 0x017a, 3, 2, -1, 0x0180, 1, 1, 195, 0x0183, 2, 2, -1, 0x0188, 1, 1, -1,
  0x018c, 1, 1, -1, 0x0192, 1, 1, -1, 0x0195, 1, 1, 97, 0x0199, 1, 1, -1, 0x019a, 1, 1, 163, 0x019e, 1, 1, 130,
  0x01a1, 3, 2, -1, 0x01a8, 1, 1, -1, 0x01ad, 1, 1, -1, 0x01b0, 1, 1, -1, 0x01b4, 2, 2, -1, 0x01b9, 1, 1, -1,
  0x01bd, 1, 1, -1, 0x01bf, 1, 1, 56, 0x01c6, 1, 1, -2, 0x01c9, 1, 1, -2, 0x01cc, 1, 1, -2, 0x01ce, 8, 2, -1,
  0x01dd, 1, 1, -79, 0x01df, 9, 2, -1, 0x01f3, 1, 1, -2, 0x01f5, 1, 1, -1, 0x01f9, 20, 2, -1, 0x0223, 9, 2, -1,
  0x023c, 1, 1, -1, 0x0242, 1, 1, -1, 0x0247, 5, 2, -1, 0x0250, 1, 1, 10783, 0x0251, 1, 1, 10780, 0x0253, 1, 1, -210,
  0x0254, 1, 1, -206, 0x0256, 2, 1, -205, 0x0259, 1, 1, -202, 0x025b, 1, 1, -203, 0x0260, 1, 1, -205,
  0x0263, 1, 1, -207, 0x0268, 1, 1, -209, 0x0269, 1, 1, -211, 0x026b, 1, 1, 10743, 0x026f, 1, 1, -211,
  0x0271, 1, 1, 10749, 0x0272, 1, 1, -213, 0x0275, 1, 1, -214, 0x027d, 1, 1, 10727, 0x0280, 1, 1, -218,
  0x0283, 1, 1, -218, 0x0288, 1, 1, -218, 0x0289, 1, 1, -69, 0x028a, 2, 1, -217, 0x028c, 1, 1, -71,
  0x0292, 1, 1, -219, 0x0371, 2, 2, -1, 0x0377, 1, 1, -1, 0x037b, 3, 1, 130, 0x03ac, 1, 1, -38, 0x03ad, 3, 1, -37,
  0x03b1, 17, 1, -32, 0x03c3, 9, 1, -32, 0x03cc, 1, 1, -64, 0x03cd, 2, 1, -63, 0x03d7, 1, 1, -8, 0x03d9, 12, 2, -1,
  0x03f2, 1, 1, 7, 0x03f8, 1, 1, -1, 0x03fb, 1, 1, -1, 0x0430, 32, 1, -32, 0x0450, 16, 1, -80, 0x0461, 17, 2, -1,
  0x048b, 27, 2, -1, 0x04c2, 7, 2, -1, 0x04cf, 1, 1, -15, 0x04d1, 42, 2, -1, 0x0561, 38, 1, -48, 0x1d79, 1, 1, 35332,
  0x1d7d, 1, 1, 3814, 0x1e01, 75, 2, -1, 0x1ea1, 48, 2, -1, 0x1f00, 8, 1, 8, 0x1f10, 6, 1, 8, 0x1f20, 8, 1, 8,
  0x1f30, 8, 1, 8, 0x1f40, 6, 1, 8, 0x1f51, 4, 2, 8, 0x1f60, 8, 1, 8, 0x1f70, 2, 1, 74, 0x1f72, 4, 1, 86,
  0x1f76, 2, 1, 100, 0x1f78, 2, 1, 128, 0x1f7a, 2, 1, 112, 0x1f7c, 2, 1, 126, 0x1f80, 8, 1, 8, 0x1f90, 8, 1, 8,
  0x1fa0, 8, 1, 8, 0x1fb0, 2, 1, 8, 0x1fb3, 1, 1, 9, 0x1fc3, 1, 1, 9, 0x1fd0, 2, 1, 8, 0x1fe0, 2, 1, 8,
  0x1fe5, 1, 1, 7, 0x1ff3, 1, 1, 9, 0x214e, 1, 1, -28, 0x2170, 16, 1, -16, 0x2184, 1, 1, -1, 0x24d0, 26, 1, -26,
  0x2c30, 47, 1, -48, 0x2c61, 1, 1, -1, 0x2c65, 1, 1, -10795, 0x2c66, 1, 1, -10792, 0x2c68, 3, 2, -1,
  0x2c73, 1, 1, -1, 0x2c76, 1, 1, -1, 0x2c81, 50, 2, -1, 0x2d00, 38, 1, -7264, 0xa641, 16, 2, -1, 0xa663, 6, 2, -1,
  0xa681, 12, 2, -1, 0xa723, 7, 2, -1, 0xa733, 31, 2, -1, 0xa77a, 2, 2, -1, 0xa77f, 5, 2, -1, 0xa78c, 1, 1, -1,
  0xff41, 26, 1, -32,
]);
const RUN_COUNT: u32 = 134;
const RUN_SIZE: u32 = 16;

export const UPCASE_UNITS: u32 = 65_536;
/** Bytes. */
export const UPCASE_SIZE: u32 = 131_072;

const table = memory.data(131_072, 16);
let isBuilt = false;

/** Address of the table: `UPCASE_UNITS` little-endian `u16`, for each unit what it is in upper case. It never moves. */
export function upcaseTable(): usize {
  if (!isBuilt) {
    fillWithThemselves();
    for (let run: u32 = 0; run < RUN_COUNT; run++) applyRun(RUNS + run * RUN_SIZE);
    isBuilt = true;
  }
  return table;
}

/** Eight at a time: who starts a core waits for this. */
function fillWithThemselves(): void {
  let units = i16x8(0, 1, 2, 3, 4, 5, 6, 7);
  for (let at: u32 = 0; at < UPCASE_SIZE; at += 16) {
    v128.store(table + at, units);
    units = i16x8.add(units, i16x8.splat(8));
  }
}

function applyRun(run: usize): void {
  const start = load<i32>(run);
  const count = load<i32>(run, 4);
  const stride = load<i32>(run, 8);
  const delta = load<i32>(run, 12);
  for (let i = 0; i < count; i++) {
    const unit = start + i * stride;
    store<u16>(table + unit * 2, <u16>(unit + delta));
  }
}
