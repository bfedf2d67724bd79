/** What this Windows can do of what we ask of it. Nothing is tried out: a mount is no look. */
import type { Ability } from "../../host/platform.ts";
import { SE_BACKUP_NAME, SE_MANAGE_VOLUME_NAME, SE_RESTORE_NAME, SE_SECURITY_NAME } from "./advapi32-dll.ts";
import { bindfltapi } from "./bindfltapi-dll.ts";
import { cimFacts } from "./cim-gates.ts";
import {
  CimConvertBlockImage,
  CimMergeMountImage,
  CimMountVerifiedImage,
  CimReadFile,
  cimfs,
  cimfsWriteCalls,
} from "./cimfs-dll.ts";
import { cimWriteCalls, cimwriter, cimwriterWriteCalls } from "./cimwriter-dll.ts";
import { computestorage, HcsFormatWritableLayerVhd } from "./computestorage-dll.ts";
import type { Call, Dll } from "./dll.ts";
import { offreg } from "./offreg-dll.ts";
import { isElevated, privilegesAmong } from "./token.ts";
import { windowsVersion } from "./version.ts";
import { AttachVirtualDisk, virtdisk } from "./virtdisk-dll.ts";
import { vmcompute } from "./vmcompute-dll.ts";
import { filesystemName } from "./volume.ts";

interface Part {
  readonly dll: Dll;

  /** Calls that not every Windows with the DLL has. */
  readonly calls: Readonly<Record<string, Call>>;
  readonly advice: string;
}

const CONTAINERS = "comes with the Windows feature Containers";

const PARTS: readonly Part[] = [
  {
    dll: cimfs,
    calls: { ...newer(cimfsWriteCalls), CimMergeMountImage, CimMountVerifiedImage, CimReadFile, CimConvertBlockImage },
    advice: "comes with Windows 10 2004 and newer; writes and mounts CIMs",
  },
  {
    dll: cimwriter,
    calls: newer(cimwriterWriteCalls),
    advice: "nothing needs it where cimfs.dll is",
  },
  { dll: vmcompute, calls: {}, advice: `${CONTAINERS}; mounts layers` },
  { dll: computestorage, calls: { HcsFormatWritableLayerVhd }, advice: `${CONTAINERS}; makes scratch disks` },
  { dll: virtdisk, calls: { AttachVirtualDisk }, advice: "comes with every Windows; attaches VHD and VHDX files" },
  {
    dll: offreg,
    calls: {},
    advice: "nothing needs it: layerkiln merges registry hives itself",
  },
  { dll: bindfltapi, calls: {}, advice: "comes with Windows 10 1809 and newer; mounts a directory on another" },
];

function newer({ CimCreateImage2, CimTombstoneFile, CimSealImage }: typeof cimfsWriteCalls): Record<string, Call> {
  return { CimCreateImage2, CimTombstoneFile, CimSealImage };
}

const AS_ADMINISTRATOR = "run as administrator";

/** @param root  see `Platform.abilities` */
export function windowsAbilities(root: string | undefined): Ability[] {
  const { major, minor, build, revision } = windowsVersion();
  return [
    { name: "windows", isThere: true, found: `${major}.${minor}.${build}.${revision}` },
    elevation(),
    ...[SE_BACKUP_NAME, SE_RESTORE_NAME, SE_SECURITY_NAME, SE_MANAGE_VOLUME_NAME].map(privilege),
    ...PARTS.map(part),
    cimWriting(),
    ...cimFacts().map(({ what, missing }) => gated(what, missing)),
    ...(root === undefined ? [] : [ntfs(root)]),
  ];
}

function elevation(): Ability {
  const isThere = isElevated();
  const found = isThere ? "runs as administrator" : "does not run as administrator";
  return { name: "elevated", isThere, found, advice: `${AS_ADMINISTRATOR}: mounts, disks and layers need it` };
}

function privilege(name: string): Ability {
  const isThere = privilegesAmong([name]).length > 0;
  return { name, isThere, found: isThere ? "may be switched on" : "this process has it not", advice: AS_ADMINISTRATOR };
}

function part({ dll, calls, advice }: Part): Ability {
  const isThere = dll.isThere();
  const names = Object.keys(calls);
  const had = names.filter((name) => calls[name]!.isThere());
  const lacking = names.filter((name) => !had.includes(name));
  const found = [had.length > 0 && `has ${had.join(", ")}`, lacking.length > 0 && `lacks ${lacking.join(", ")}`];
  return {
    name: dll.name,
    isThere,
    found: isThere ? found.filter(Boolean).join("; ") || "is there" : "is not there",
    advice,
  };
}

/** What `--writer cimfs` takes: older Windows write CIMs that they are not known to mount well. */
function cimWriting(): Ability {
  const isThere = cimWriteCalls().CimCreateImage.isThere();
  const found = isThere
    ? `by ${cimwriter.isThere() ? cimwriter.name : cimfs.name}`
    : "neither cimwriter.dll nor cimfs.dll";
  return { name: "write-cims", isThere, found, advice: "layerkiln writes CIMs itself; only --writer cimfs needs one" };
}

function gated(what: string, missing: string | undefined): Ability {
  const isThere = missing === undefined;
  return { name: what.toLowerCase().replaceAll(" ", "-"), isThere, found: missing ?? `can ${what}` };
}

function ntfs(root: string): Ability {
  const advice = "layers of Windows are kept on NTFS";
  try {
    const found = filesystemName(root);
    return { name: "ntfs", isThere: found.toUpperCase() === "NTFS", found: `${root} is on ${found}`, advice };
  } catch (error) {
    return { name: "ntfs", isThere: false, found: (error as Error).message, advice };
  }
}
