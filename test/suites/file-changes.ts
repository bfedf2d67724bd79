/** What a layer does to files: changes to be made in any directory, so that a snapshot can be held against a plain one. */
import {
  chmodSync,
  cpSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Makes its change under `root`. */
export type Change = (root: string) => void;

export const all =
  (...changes: Change[]): Change =>
  (root) => {
    for (const change of changes) change(root);
  };

/** Modes are what they say, whatever the umask. */
export const file =
  (path: string, content: string | Uint8Array, mode = 0o644): Change =>
  (root) => {
    writeFileSync(join(root, path), content);
    chmodSync(join(root, path), mode);
  };

export const directory =
  (path: string, mode = 0o755): Change =>
  (root) => {
    mkdirSync(join(root, path));
    chmodSync(join(root, path), mode);
  };

export const remove =
  (path: string): Change =>
  (root) =>
    rmSync(join(root, path), { recursive: true });

export const mode =
  (path: string, mode: number): Change =>
  (root) =>
    chmodSync(join(root, path), mode);

export const owner =
  (path: string, uid: number, gid: number): Change =>
  (root) =>
    lchownSync(join(root, path), uid, gid);

export const link =
  (target: string, path: string): Change =>
  (root) =>
    linkSync(join(root, target), join(root, path));

export const symlink =
  (target: string, path: string): Change =>
  (root) =>
    symlinkSync(target, join(root, path));

export const rename =
  (from: string, to: string): Change =>
  (root) =>
    renameSync(join(root, from), join(root, to));

/** Seconds since 1970, of access and change of the content. */
export const time =
  (path: string, seconds: number): Change =>
  (root) =>
    utimesSync(join(root, path), seconds, seconds);

/** A copy with its mode, in a directory that is there. */
export const copy =
  (from: string, to: string): Change =>
  (root) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    cpSync(join(root, from), join(root, to));
  };
