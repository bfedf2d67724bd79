/** A check of the filesystem in an image, without mounting it or trusting it. */
import { CimProblem, FindingField, Problem } from "../../../assembly/abi.ts";
import { textOf } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { RandomAccess } from "../random-access.ts";
import { nextTurn } from "../turn.ts";
import { guard, startWasm, type Window } from "../wasm.ts";
import { isCim, type OpenedImage } from "./opened-image.ts";

export interface CheckOptions {
  /** Times in the image after this one are findings. Seconds since 1970; none are, unless given. */
  readonly now?: number;

  /** Called now and then, with how much is done, of 1. */
  readonly onProgress?: (done: number) => void;

  /** Aborted: the check ends with its reason. */
  readonly signal?: AbortSignal;
}

/** One thing that is wrong. */
export interface Finding {
  /** What kind of thing, such as `LinkCount`. These names stay. */
  readonly problem: keyof typeof Problem | keyof typeof CimProblem;

  /** `warning`: it does no harm to who reads or writes the filesystem. */
  readonly severity: "error" | "warning";

  /** Where: those that are known. Blocks are those of the filesystem; an inode of a CIM is a file ID. */
  readonly group?: number;
  readonly inode?: number;
  readonly block?: number;

  /** Of a CIM: the region, those of parents counted before its own, and the byte in it. */
  readonly region?: number;
  readonly byte?: number;

  /** The file's path from the root, as bytes. */
  readonly path?: Uint8Array;

  /** For people: `links 1, counted 2`. Wording may change. */
  readonly message: string;
}

export interface CheckResult {
  /** Whether there are no errors. There may be warnings. */
  readonly sound: boolean;
  readonly errors: number;
  readonly warnings: number;

  /** The first thousand of them. */
  readonly findings: readonly Finding[];
}

/** The core's exports, typed by asc from their AssemblyScript signatures. */
type Ext4Exports = Awaited<ReturnType<typeof import("../../../reader.js").instantiate>>;

/** What is asked while a check goes on, and after it. */
type Exports = Pick<Ext4Exports, "memory" | "stepCheck" | "findingCount" | "warningCount" | "keptFindings" | "finding">;

/** A check that was begun. */
export interface BegunCheck {
  readonly exports: Exports;
  readonly window: Window;

  /** What the two numbers of a place are called, for which there are two fields in a finding. */
  readonly places: readonly [group: string, block: string];
}

/** What one step does may take a few milliseconds; between steps others may run, if this many have passed. */
const TURN_MILLISECONDS = 50;

const DONE = 1000;

/** Of a finding, before its path and sentence. Bytes. */
const NUMBERS_SIZE = FindingField.Count * 8;

/** @see checkImage  The files are closed at the end, however it comes. */
export async function checkIn(opened: OpenedImage, options: CheckOptions = {}): Promise<CheckResult> {
  try {
    if (!isCim(opened)) return await run(beginCheck(opened.file, options), options);
    const { beginCimCheck } = await import("../cim/cim-check.ts");
    const check = beginCimCheck(opened);
    try {
      return await run(check, options);
    } finally {
      check.close();
    }
  } finally {
    opened.file.close?.();
  }
}

function beginCheck(source: RandomAccess, { now = 0 }: CheckOptions): BegunCheck {
  if (!Number.isSafeInteger(now) || now < 0) throw new ImageError(ErrorCode.InvalidArgument, `check: now ${now}`);
  const { exports, window } = startWasm<Ext4Exports>("reader.wasm", (window) => ({
    read(_file: number, at: bigint, to: number, length: number) {
      source.read(Number(at), window(to, length));
    },
  }));
  guard(() => exports.openCheck(0, BigInt(source.size), BigInt(now)));
  return { exports, window, places: ["group", "block"] };
}

async function run(check: BegunCheck, { onProgress, signal }: CheckOptions): Promise<CheckResult> {
  const { exports } = check;
  for (let turn = performance.now(); ; ) {
    const done = guard(() => exports.stepCheck());
    if (done === DONE) break;
    if (performance.now() - turn < TURN_MILLISECONDS) continue;
    onProgress?.(done / DONE);
    await nextTurn();
    signal?.throwIfAborted();
    turn = performance.now();
  }
  return guard(() => collect(check));
}

function collect({ exports, window, places }: BegunCheck): CheckResult {
  const count = exports.findingCount();
  const warnings = exports.warningCount();
  const findings = Array.from({ length: exports.keptFindings() }, (_, index) => {
    const address = exports.finding(index);
    return decode(address, window, places);
  });
  return { sound: count === warnings, errors: count - warnings, warnings, findings };
}

function decode(address: number, window: Window, [group, block]: BegunCheck["places"]): Finding {
  const numbers = window(address, NUMBERS_SIZE);
  const view = new DataView(numbers.buffer, numbers.byteOffset, numbers.length);
  const field = (index: FindingField) => view.getFloat64(index * 8, true);
  const place = (name: string, index: FindingField) => (field(index) < 0 ? {} : { [name]: field(index) });
  const pathLength = field(FindingField.PathLength);
  const path = window(address + NUMBERS_SIZE, pathLength).slice();
  const sentence = window(address + NUMBERS_SIZE + pathLength, field(FindingField.SentenceLength));
  return {
    problem: nameOf(field(FindingField.Problem)),
    severity: field(FindingField.IsWarning) === 1 ? "warning" : "error",
    ...place(group, FindingField.Group),
    ...place("inode", FindingField.Inode),
    ...place(block, FindingField.Block),
    ...(pathLength > 0 && { path }),
    message: textOf(sentence),
  };
}

function nameOf(problem: number): Finding["problem"] {
  return (Problem[problem] ?? CimProblem[problem]) as Finding["problem"];
}
