/** What can be done on this machine: what comes with this package and with Node, and what a platform says of its system. */
import * as zlib from "node:zlib";
import { startCore } from "./core.ts";
import type { Ability, Platform } from "./platform.ts";

/** Looks, and changes nothing. @param root  see `Platform.abilities` */
export async function abilitiesOf(platform: Platform | undefined, root?: string): Promise<readonly Ability[]> {
  return [
    await conversion(),
    zstd(),
    await loaded("koffi", () => import("koffi"), "npm install koffi: calls of the system, such as mounts"),
    await loaded("lmdb", () => import("lmdb"), "npm install lmdb: snapshots are kept in it"),
    await loaded("grpc", loadGrpc, "npm install @grpc/grpc-js pino: layerkiln serve"),
    ...((await platform?.abilities?.(root)) ?? []),
  ];
}

async function conversion(): Promise<Ability> {
  const node = `Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const advice = "install layerkiln anew, with Node 20.19 or newer";
  try {
    await startCore(() => {});
    return { name: "convert", isThere: true, found: node };
  } catch (error) {
    return { name: "convert", isThere: false, found: `${node}: ${(error as Error).message}`, advice };
  }
}

function zstd(): Ability {
  const isThere = "createZstdCompress" in zlib;
  const found = isThere ? "is read, and written by Node's zlib" : "is read; this Node's zlib cannot write it";
  return { name: "zstd", isThere, found, advice: "Node 22.15 or newer: blobs of snapshots, compressed with it" };
}

const loadGrpc = () => Promise.all([import("@grpc/grpc-js"), import("pino")]);

/** A package that need not be there, and may have no build for this machine. */
async function loaded(name: string, load: () => Promise<unknown>, advice: string): Promise<Ability> {
  try {
    await load();
    return { name, isThere: true, found: "is installed" };
  } catch (error) {
    const [why = ""] = (error as Error).message.split("\n");
    return { name, isThere: false, found: why, advice };
  }
}
