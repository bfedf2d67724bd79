/** As a base layer of Windows is: a hundred thousand files that each say what Windows knows of them. */
import type { Made } from "./input.ts";
import { Random } from "./random.ts";
import { TarWriter } from "./tar-writer.ts";

const DIRECTORIES = 5000;
const FILES = 100_000;
/** Of all contents. Bytes. */
const SIZE = 1e9;
const STOCK_SIZE = 16 * 2 ** 20;
/** Half of the files are smaller than this, in bytes, and a few are much larger. */
const MEDIAN = 2500;
const DEVIATION = 1.66;
const DESCRIPTORS = 40;
/** Bytes of a descriptor of the usual five entries. */
const DESCRIPTOR_SIZE = 160;

export function writeWindowsBase(path: string): Made {
  const random = new Random(7);
  const stock = Uint8Array.from({ length: STOCK_SIZE }, () => random.below(256));
  const descriptors = Array.from({ length: DESCRIPTORS }, (_, index) => descriptor(index));
  const sizes = Array.from({ length: FILES }, () => random.logNormal(Math.log(MEDIAN), DEVIATION));
  const scale = SIZE / sizes.reduce((sum, size) => sum + size, 0);
  const tar = new TarWriter(path);
  const describe = (attributes: number): void => {
    const body = records({
      "LIBARCHIVE.creationtime": "1700000000.1234567",
      "MSWINDOWS.fileattr": String(attributes),
      "MSWINDOWS.rawsd": descriptors[random.below(DESCRIPTORS)]!,
      atime: "1700000001.1234567",
      mtime: "1700000002.1234567",
    });
    tar.add({ name: "PaxHeaders", type: "x", size: body.length });
    tar.write(body);
  };
  describe(0x10);
  tar.directory("Files");
  for (let directory = 0, file = 0; directory < DIRECTORIES; directory++) {
    const parent = `Files/Windows/WinSxS/amd64_component-${directory}_31bf3856ad364e35_10.0.20348.1`.slice(0, 80);
    describe(0x10);
    tar.directory(parent);
    for (const last = (FILES * (directory + 1)) / DIRECTORIES; file < last; file++) {
      describe(0x20);
      writeFile(tar, `${parent}/file-${file}.dll`, Math.round(sizes[file]! * scale), stock, random);
    }
  }
  tar.close();
  return { description: "100,000 files of a made-up Windows in 5,000 directories, 1 GB", entries: FILES + DIRECTORIES };
}

function writeFile(tar: TarWriter, name: string, size: number, stock: Uint8Array, random: Random): void {
  tar.add({ name, size });
  for (let left = size; left > 0; ) {
    const start = random.below(STOCK_SIZE / 2);
    const piece = stock.subarray(start, start + left);
    tar.write(piece);
    left -= piece.length;
  }
}

/** Self-relative, of which readers look at no more than its head. */
function descriptor(index: number): string {
  const bytes = Buffer.alloc(DESCRIPTOR_SIZE, index);
  Buffer.from([1, 0, 4, 0x80, ...new Uint8Array(16)]).copy(bytes);
  return bytes.toString("base64");
}

/** An extended header. Source: POSIX.1-2001, pax(1): each record says how long it is, itself included. */
function records(values: Record<string, string>): Buffer {
  const lines = Object.entries(values).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 2;
    if (String(length).length > 2 || length > 98) length = rest.length + 3;
    return `${length}${rest}`;
  });
  return Buffer.from(lines.join(""));
}
