/** Slices of a file that is chosen. */
import { BlobSlices } from "../../../build/src/host/browser/blob-slices.js";

const input = document.createElement("input");
input.type = "file";
document.body.append(input);

/** Bytes that were read in all, by `lanes` readings at a time, while the page makes work for its collector of garbage. */
export async function readOften(times: number, lanes: number): Promise<number> {
  const [file] = input.files!;
  let read = 0;
  const lane = async () => {
    for (let i = 0; i < times; i++) {
      const length = await readThrough(new BlobSlices(file!));
      read += length;
    }
  };
  const litter = setInterval(() => Array.from({ length: 20_000 }, () => ({})), 1);
  await Promise.all(Array.from({ length: lanes }, lane));
  clearInterval(litter);
  return read;
}

async function readThrough(slices: BlobSlices): Promise<number> {
  let read = 0;
  for (let slice = await slices.next(); slice.length > 0; slice = await slices.next()) read += slice.length;
  return read;
}

/** Bytes of the first slices of `times` readings, each of which is broken off behind it. */
export async function breakOff(times: number): Promise<number> {
  let read = 0;
  for (let i = 0; i < times; i++) {
    const slices = new BlobSlices(input.files![0]!);
    read += (await slices.next()).length;
    slices.stop();
  }
  return read;
}
