/** A directory or file that is seen in a second place. */
import {
  AT_FDCWD,
  AT_RECURSIVE,
  MOUNT_ATTR,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
  open_tree,
  SYS_open_tree,
} from "./libc.ts";
import type { MountOptions } from "./mount-options.ts";
import { place, setAttributes } from "./place.ts";
import { checked, closing, onThread } from "./system-call.ts";

/**
 * Read-only and the like are set before anybody can see the mount. In a recursive one they hold for all that is mounted
 * underneath too.
 */
export async function mountBind(source: string, target: string, options: MountOptions, subject: string): Promise<void> {
  const recursive = options.bind === "recursive";
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  const tree = await onThread(open_tree, SYS_open_tree, AT_FDCWD, source, flags);
  checked(`${subject}: ${source}`, tree);
  await closing(tree, async () => {
    // What is read-only there does not become writable by being seen here: only what excludes one another is cleared.
    const attributes = { set: options.set, clear: options.clear & MOUNT_ATTR.ATIME };
    checked(subject, await setAttributes(tree, "", attributes, recursive));
    await place(tree, target, options, subject);
  });
}
