/** `layerkiln attach` and `layerkiln detach`: what they do. */
import { resolve } from "node:path";
import { ErrorCode, ImageError } from "../errors.ts";
import type { VirtualDisks } from "../platform.ts";
import type { Context } from "./context.ts";
import { stdout } from "./output.ts";

export async function runAttach(this: Context, _flags: Record<never, never>, image: string): Promise<void> {
  stdout.write(`${await (await virtualDisks("attach", this)).attach(resolve(image))}\n`);
}

export async function runDetach(this: Context, _flags: Record<never, never>, image: string): Promise<void> {
  await (await virtualDisks("detach", this)).detach(resolve(image));
}

async function virtualDisks(command: string, { platform }: Context): Promise<VirtualDisks> {
  const disks = await platform?.virtualDisks?.();
  if (disks !== undefined) return disks;
  throw new ImageError(ErrorCode.Unavailable, `${command}: needs Windows, and the package koffi (npm install koffi)`);
}
