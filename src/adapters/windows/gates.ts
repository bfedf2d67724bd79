/**
 * Which Windows can do what with CIMs. Nothing can be asked: an older one has some of the functions, but not their behaviour.
 *
 * Source: hcsshim, pkg/cimfs/cimfs.go, osversion. The builds of block CIMs are its own guesses, as none was public then.
 */

/** What to compare: "20348.2031" is build 20348, revision 2031. */
export interface Build {
  readonly build: number;

  /** Of the monthly update: UBR. */
  readonly revision: number;
}

/** DLLs that are there. */
export interface CimLibraries {
  readonly cimfs: boolean;

  /** Writes CIMs, on a Windows older than what mounts them; comes with programs. */
  readonly cimwriter: boolean;
}

interface Gate {
  /** From this build on. */
  readonly build: number;

  /** Or this one, from the revision on. */
  readonly updated?: Build;

  /** Or any that has cimwriter.dll. */
  readonly byWriter?: true;
}

const SERVER_2022: Build = { build: 20348, revision: 2031 };

const GATES = {
  "mount CIMs": { build: 26100, updated: SERVER_2022 },
  "mount block CIMs": { build: 27766 },
  "write block CIMs": { build: 27766, byWriter: true },
  "mount merged CIMs": { build: 27766 },
  "merge CIMs": { build: 27766, byWriter: true },
  "mount verified CIMs": { build: 27800 },
  "write verified CIMs": { build: 27800, byWriter: true },
} satisfies Record<string, Gate>;

export type Gated = keyof typeof GATES;

export interface GateFact {
  readonly what: Gated;

  /** Why this Windows cannot, and what could; undefined: it can. */
  readonly missing: string | undefined;
}

/** Of all that is gated. */
export function gateFacts(version: Build, libraries: CimLibraries): GateFact[] {
  return (Object.keys(GATES) as Gated[]).map((what) => ({ what, missing: missingFor(what, version, libraries) }));
}

/** @returns undefined if this Windows can do `what` */
export function missingFor(what: Gated, version: Build, libraries: CimLibraries): string | undefined {
  const gate: Gate = GATES[what];
  if (gate.byWriter && libraries.cimwriter) return undefined;
  const isNew = version.build >= gate.build || isUpdated(version, gate.updated);
  if (isNew && libraries.cimfs) return undefined;
  const wanted = `needs ${inWords(gate)}`;
  const lacking = isNew ? " and has no cimfs.dll" : "";
  return `cannot ${what}: this is build ${version.build}.${version.revision}${lacking}, and it ${wanted}`;
}

const isUpdated = ({ build, revision }: Build, from: Build | undefined): boolean =>
  from !== undefined && build === from.build && revision >= from.revision;

function inWords({ build, updated, byWriter }: Gate): string {
  const or = updated === undefined ? "" : `, or ${updated.build}.${updated.revision} (Windows Server 2022, updated)`;
  return `build ${build} or newer${or}, with cimfs.dll${byWriter ? "; or cimwriter.dll" : ""}`;
}
