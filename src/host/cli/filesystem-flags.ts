/** Flags that shape a filesystem, of all commands that make one. */
import type { FilesystemOptions } from "../filesystem-options.ts";
import { parseBytes } from "./byte-count.ts";
import { flag } from "./flag.ts";

export interface FilesystemFlags {
  readonly journal?: boolean;
  readonly journalSize?: number;
  readonly label?: string;
  readonly uuid?: string;
  readonly readOnly?: boolean;
  readonly blockSize?: "1024" | "2048" | "4096";
}

export const filesystemFlags = {
  journal: flag("Have a journal, as large as mke2fs would make it"),
  journalSize: { ...size("Have a journal of so many bytes"), optional: true },
  label: { kind: "parsed", brief: "The label: at most 16 bytes", placeholder: "TEXT", parse: String, optional: true },
  uuid: {
    kind: "parsed",
    brief: "The UUID (made of the content unless given)",
    placeholder: "UUID",
    parse: String,
    optional: true,
  },
  readOnly: flag("Mark it so that nobody can mount it to write"),
  blockSize: {
    kind: "enum",
    brief: "Bytes of a block (4096 unless given)",
    values: ["1024", "2048", "4096"],
    optional: true,
  },
} as const;

/** What the flags ask for. */
export function filesystemOptionsOf(
  flags: FilesystemFlags & { readonly size?: number; readonly free?: number },
): FilesystemOptions {
  const { journal, journalSize, label, uuid, readOnly, blockSize, size, free } = flags;
  return {
    journal: journalSize ?? journal ?? false,
    readOnly: readOnly ?? false,
    ...(label !== undefined && { label }),
    ...(uuid !== undefined && { uuid }),
    ...(size !== undefined && { size }),
    ...(free !== undefined && { free }),
    ...(blockSize !== undefined && { blockSize: Number(blockSize) as 1024 | 2048 | 4096 }),
  };
}

/** A number of bytes. */
export function size(brief: string) {
  return { kind: "parsed", brief, placeholder: "BYTES", parse: parseBytes } as const;
}
