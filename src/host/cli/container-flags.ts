/** Flags that choose the file a disk lies in. */
import type { Container } from "../container.ts";
import { UsageError } from "./exit.ts";
import { flag } from "./flag.ts";

export interface ContainerFlags {
  readonly vhd?: boolean;
  readonly vhdDynamic?: boolean;
  readonly vhdx?: boolean;
}

export const containerFlags = {
  vhd: flag("Put the image into a VHD of fixed size: itself, and a footer"),
  vhdDynamic: flag("Put the image into a dynamic VHD, which has no blocks of zeros"),
  vhdx: flag("Put the image into a dynamic VHDX, which has no blocks of zeros"),
};

/** @throws UsageError  if there is more than one */
export function containerOf({ vhd, vhdDynamic, vhdx }: ContainerFlags): Container {
  const asked: Container[] = [];
  if (vhd) asked.push("vhd");
  if (vhdDynamic) asked.push("vhd-dynamic");
  if (vhdx) asked.push("vhdx");
  if (asked.length > 1) throw new UsageError(`--${asked.join(" and --")}: an image lies in one of them`);
  return asked[0] ?? "raw";
}
