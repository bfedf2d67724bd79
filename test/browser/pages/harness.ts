/** What the harness is tried with: a page that works, and pages that do what none may. */

export function add(a: number, b: number): number {
  return a + b;
}

export async function fetchText(path: string): Promise<string> {
  return await (await fetch(path)).text();
}

/** The policy stops it; a browser would else ask. */
export function fetchElsewhere(url: string): Promise<string> {
  return fetch(url).then(
    () => "answered",
    () => "refused",
  );
}

export function complain(): void {
  console.error("on purpose");
}

export function throwLater(): void {
  setTimeout(() => {
    throw new Error("thrown on purpose");
  });
}

export function computeForEver(): void {
  for (;;);
}

/** Holds all of what is at `path`, so often, at once. @returns its bytes */
export async function hoard(path: string, times: number): Promise<number> {
  const held: Uint8Array[] = [];
  for (let i = 0; i < times; i++) held.push(new Uint8Array(await (await fetch(path)).arrayBuffer()));
  return held.reduce((sum, { length }) => sum + length, 0);
}

/** As `hoard`, but lets each go before the next. */
export async function passThrough(path: string, times: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    for await (const { length } of (await fetch(path)).body!) sum += length;
  }
  return sum;
}

export function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = name;
  link.click();
}

/** @returns what stood there before */
export async function store(name: string, text: string): Promise<string | undefined> {
  const root = await navigator.storage.getDirectory();
  const before = await root.getFileHandle(name).then(
    async (file) => await (await file.getFile()).text(),
    () => undefined,
  );
  const writable = await (await root.getFileHandle(name, { create: true })).createWritable();
  await writable.write(text);
  await writable.close();
  return before;
}
