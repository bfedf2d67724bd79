/** What a file is that is no image we read, by the bytes that such files begin with: for a message that helps. */
import { Source } from "./source";

const SHOWN: u32 = 16;
const head = memory.data(64, 8);

/** A phrase that goes on from "image: ". */
export function describeOther(source: Source): string {
  if (source.size == 0) return "is empty";
  const known = describeKnown(source);
  return known.length > 0 ? known : describeBytes(source);
}

/** @returns "" if it is nothing that is known here */
function describeKnown(source: Source): string {
  if (starts(source, 0, "1f8b")) return "is compressed with gzip; decompress it first";
  if (starts(source, 0, "28b52ffd")) return "is compressed with zstd; decompress it first";
  if (starts(source, 0, "fd377a585a00")) return "is compressed with xz; decompress it first";
  if (starts(source, 0, "425a68")) return "is compressed with bzip2; decompress it first";
  if (starts(source, 257, "7573746172")) return "is a tar archive; layerkiln ext4 makes an image of it";
  if (starts(source, 0, "63696d66696c6530")) return "is a CIM, which is no disk";
  if (starts(source, 0, "504b0304")) return "is a zip archive";
  if (starts(source, 0, "514649fb")) return "is a disk in qcow2; qemu-img convert -O raw turns it into an image";
  if (starts(source, 0, "4b444d56")) return "is a disk in VMDK; qemu-img convert -O raw turns it into an image";
  if (starts(source, 512, "4546492050415254")) return "is a disk with partitions (GPT); cut one out first";
  if (starts(source, 0, "68737173")) return "is a squashfs filesystem";
  if (starts(source, 1024, "e2e1f5e0")) return "is an EROFS filesystem";
  if (starts(source, 0, "58465342")) return "is an XFS filesystem";
  if (starts(source, 0x10040, "5f42485266535f4d")) return "is a Btrfs filesystem";
  if (starts(source, 3, "4e5446532020")) return "is an NTFS filesystem";
  if (starts(source, 82, "4641543332") || starts(source, 54, "46415431")) return "is a FAT filesystem";
  if (starts(source, 0x8001, "4344303031")) return "is an ISO 9660 filesystem";
  if (starts(source, 510, "55aa")) return "is a disk with partitions (MBR); cut one out first";
  return "";
}

function describeBytes(source: Source): string {
  const length = <u32>min<u64>(source.size, SHOWN);
  source.read(0, head, length);
  let text = "begins with";
  for (let i: u32 = 0; i < length; i++) text += " " + load<u8>(head + i).toString(16).padStart(2, "0");
  return text;
}

/** Whether the bytes that stand at `at` are these, in hex. */
function starts(source: Source, at: u64, hex: string): bool {
  const length = <u32>hex.length / 2;
  if (at + length > source.size) return false;
  source.read(at, head, length);
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(head + i) != <u8>parseInt(hex.substr(2 * i, 2), 16)) return false;
  }
  return true;
}
