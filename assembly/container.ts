/** What file a disk lies in: told by the file, and seen through. */
import { Container } from "./abi";
import { Source } from "./source";
import { SparseSource } from "./sparse-source";
import { isVhd, openVhd } from "./vhd/reader";
import { isVhdx, openVhdx } from "./vhdx/reader";

/** The disk in `file`, which is the disk itself if it is nothing else that we know. @fails as `openVhd` and `openVhdx` */
export function openDisk(file: Source): Source {
  if (isVhdx(file)) return openVhdx(file);
  return isVhd(file) ? openVhd(file) : file;
}

/** What `openDisk` has opened. */
export function containerOf(file: Source, disk: Source): Container {
  if (disk === file) return Container.Raw;
  if (isVhdx(file)) return Container.Vhdx;
  return disk instanceof SparseSource ? Container.DynamicVhd : Container.FixedVhd;
}
