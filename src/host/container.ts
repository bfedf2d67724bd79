/** The files that a disk may lie in, by name. */
import { Container as Kind } from "../../assembly/abi.ts";

/** "vhd" has a fixed size; "vhd-dynamic" and "vhdx" have only the blocks that are not zeros. */
export const CONTAINERS = ["raw", "vhd", "vhd-dynamic", "vhdx"] as const;

export type Container = (typeof CONTAINERS)[number];

const KINDS: Record<Container, Kind> = {
  raw: Kind.Raw,
  vhd: Kind.FixedVhd,
  "vhd-dynamic": Kind.DynamicVhd,
  vhdx: Kind.Vhdx,
};

/** As the core has it. */
export function containerNumber(name: Container): Kind {
  return KINDS[name];
}

export function containerName(kind: Kind): Container {
  return CONTAINERS.find((name) => KINDS[name] === kind) ?? "raw";
}
