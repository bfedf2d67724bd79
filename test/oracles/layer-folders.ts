/**
 * The layers of a container image as containerd keeps them for overlayfs: each in a folder, with whiteouts as devices and
 * opacity as an attribute; and the tree that the kernel shows of them. Shares no code with ours.
 */
import { utimesSync } from "node:fs";
import { scratchFolder } from "../fixtures/scratch.ts";
import { PYTHON, readMounted } from "./loop-mount.ts";
import { ask, type Oracle } from "./oracle.ts";
import { overlay } from "./overlay.ts";
import type { Tree } from "./tree.ts";

export const layerFolders = {
  name: "overlayfs of folders",
  missing: overlay.missing ?? (process.getuid?.() === 0 ? undefined : "devices take root"),

  /** @param tars  paths of layers, uncompressed, the lowest first */
  tree(tars: string[]): Tree {
    const folders = [scratchFolder()]; // overlayfs wants two at least; and a root that no layer describes
    utimesSync(folders[0]!, 0, 0);
    for (const tar of tars) {
      const folder = scratchFolder();
      withOverlay(folders, (below) => ask(PYTHON, ["-I", "-S", "-c", UNPACK, tar, folder, below]));
      folders.push(folder);
    }
    return withOverlay(folders, readMounted);
  },
} satisfies Oracle & Record<string, unknown>;

/** @param folders  the lowest first */
function withOverlay<T>(folders: string[], look: (folder: string) => T): T {
  const below = folders.length === 1 ? [scratchFolder(), ...folders] : folders;
  const folder = scratchFolder();
  ask("mount", ["-t", "overlay", "overlay", "-o", `lowerdir=${below.toReversed().join(":")}`, folder]);
  try {
    return look(folder);
  } finally {
    ask("umount", [folder]);
  }
}

/**
 * Unpacks a layer. A directory that no entry describes takes after the one below, and a hard link to what lies below makes a
 * copy of it first, as a write would.
 */
const UNPACK = `
import os, shutil, sys, tarfile
tar, root, below = (os.fsencode(word) for word in sys.argv[1:])
described, whiteouts, times = {b""}, [], {}

def own(place, uid, gid, mode, time, xattrs, follow=False):
    os.chown(place, uid, gid, follow_symlinks=False)
    if not os.path.islink(place): os.chmod(place, mode)
    for name, value in xattrs.items(): os.setxattr(place, name, value, follow_symlinks=False)
    times[place] = time

def like(place, model):
    stat = os.lstat(model)
    xattrs = {name: os.getxattr(model, name, follow_symlinks=False) for name in os.listxattr(model, follow_symlinks=False)}
    own(place, stat.st_uid, stat.st_gid, stat.st_mode & 0o7777, stat.st_mtime_ns, xattrs)

def parents(path):
    at = b""
    for part in path.split(b"/")[:-1]:
        at = at + b"/" + part if at else part
        place, model = os.path.join(root, at), os.path.join(below, at)
        if os.path.isdir(place) and not os.path.islink(place): continue
        if os.path.lexists(place): os.unlink(place)
        os.mkdir(place)
        if os.path.isdir(model) and not os.path.islink(model): like(place, model)
        else: own(place, 0, 0, 0o755, 0, {})

def nanoseconds(member):
    text = member.pax_headers.get("mtime", str(int(member.mtime)))
    whole, _, fraction = text.partition(".")
    return int(whole) * 10**9 + int(fraction.ljust(9, "0") or 0)

like(root, below)
archive = tarfile.open(tar, "r:", errors="surrogateescape")
for member in archive:
    path = os.fsencode(os.path.normpath(member.name)).lstrip(b"/")
    path = b"" if path == b"." else path
    folder, name = os.path.split(path)
    if any(part.startswith(b".wh..wh.") and part != b".wh..wh..opq" for part in path.split(b"/")): continue
    if name.startswith(b".wh."):
        whiteouts.append((path, folder, name))
        continue
    parents(path)
    place = os.path.join(root, path)
    if os.path.lexists(place) and not (member.isdir() and os.path.isdir(place) and not os.path.islink(place)):
        if os.path.isdir(place) and not os.path.islink(place): shutil.rmtree(place)
        else: os.unlink(place)
    if member.islnk():
        target = os.path.normpath(os.fsencode(member.linkname)).lstrip(b"/")
        model = os.path.join(root, target)
        if not os.path.lexists(model):
            parents(target)
            shutil.copyfile(os.path.join(below, target), model, follow_symlinks=False)
            like(model, os.path.join(below, target))
        os.link(model, place, follow_symlinks=False)
        continue
    if member.isdir():
        if not os.path.isdir(place): os.mkdir(place)
        for xattr in os.listxattr(place): os.removexattr(place, xattr)
    elif member.issym(): os.symlink(os.fsencode(member.linkname), place)
    elif member.isfifo(): os.mkfifo(place)
    elif member.ischr(): os.mknod(place, 0o020000, os.makedev(member.devmajor, member.devminor))
    elif member.isblk(): os.mknod(place, 0o060000, os.makedev(member.devmajor, member.devminor))
    else:
        with open(place, "wb") as out: shutil.copyfileobj(archive.extractfile(member), out)
    xattrs = {key[len("SCHILY.xattr."):]: os.fsencode(value)
              for key, value in member.pax_headers.items() if key.startswith("SCHILY.xattr.")}
    own(place, member.uid, member.gid, member.mode & 0o7777, nanoseconds(member), xattrs)

def leads_through_file(path):
    at = root
    for part in path.split(b"/")[:-1]:
        at = os.path.join(at, part)
        if os.path.lexists(at) and not os.path.isdir(at): return True
    return False

for path, folder, name in whiteouts:
    if leads_through_file(path): continue
    parents(path)
    place = os.path.join(root, folder)
    if name == b".wh..wh..opq":
        os.setxattr(place, "trusted.overlay.opaque", b"y")
        continue
    place = os.path.join(place, name[4:])
    if not os.path.lexists(place): os.mknod(place, 0o020000, os.makedev(0, 0))
    elif os.path.isdir(place) and not os.path.islink(place): os.setxattr(place, "trusted.overlay.opaque", b"y")
for place, time in times.items():
    if os.path.lexists(place): os.utime(place, ns=(time, time), follow_symlinks=False)
`;
