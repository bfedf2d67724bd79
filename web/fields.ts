/** What may be chosen, in the words of the page: a row for each. */
import { isShaped, type Order } from "./order.ts";

export interface Field {
  readonly name: Exclude<keyof Order, "make" | "layer">;
  readonly label: string;

  /** A sentence, for those who do not know the word. */
  readonly help: string;

  /** Values to choose from; a switch has none, nor has text. */
  readonly values?: readonly (readonly [value: string, label: string])[];

  /** Few need it. */
  readonly isRare?: boolean;

  /** Whether it means anything in this order. */
  readonly applies: (order: Order) => boolean;
}

const isImage = ({ make }: Order): boolean => make === "rootfs" || make === "layer";
const isLayer = ({ make }: Order): boolean => make === "layer";

export const FIELDS: readonly Field[] = [
  {
    name: "container",
    label: "File",
    help: "A raw image is the disk itself. VHD and VHDX are what Hyper-V, WSL and Azure read; the dynamic ones leave out blocks of zeros.",
    values: [
      ["raw", "Raw"],
      ["vhd", "VHD"],
      ["vhd-dynamic", "Dynamic VHD"],
      ["vhdx", "VHDX"],
    ],
    applies: ({ make }) => make !== "cim",
  },
  {
    name: "room",
    label: "Room",
    help: "How large the disk is: just what the files need, or with space to be written to. Space that is not used takes none in a dynamic file.",
    values: [
      ["fit", "As large as its files"],
      ["free", "With free space"],
      ["size", "Of a size"],
    ],
    applies: isShaped,
  },
  {
    name: "bytes",
    label: "Bytes",
    help: "Such as 512M or 20G.",
    applies: (order) => isShaped(order) && order.room !== "fit",
  },
  {
    name: "whiteouts",
    label: "Deleted files",
    help: "Layers mark what they delete by files called .wh.NAME. Turn them into overlayfs’ whiteouts if layers will be mounted over one another.",
    values: [
      ["keep", "Keep the marks as files"],
      ["overlay", "For overlayfs"],
    ],
    applies: isLayer,
  },
  {
    name: "verity",
    label: "Protect with dm-verity",
    help: "Appends a hash tree. Its root hash then vouches for every byte when the disk is mounted.",
    applies: ({ make }) => make !== "cim",
  },
  {
    name: "readOnly",
    label: "Read-only",
    help: "Marks the filesystem so that nobody can mount it to write.",
    applies: isShaped,
  },
  {
    name: "journal",
    label: "Journal",
    help: "For disks that are written to: a crash then costs no check of all files.",
    applies: isShaped,
  },
  {
    name: "profile",
    label: "Bytes of",
    help: "layerkiln’s keep all that the layer says. hcsshim’s are those of its tar2ext4, for policies that name root hashes.",
    values: [
      ["modern", "layerkiln"],
      ["hcsshim", "hcsshim"],
    ],
    isRare: true,
    applies: isLayer,
  },
  {
    name: "label",
    label: "Label",
    help: "The filesystem’s name, at most 16 bytes.",
    isRare: true,
    applies: isShaped,
  },
  {
    name: "uuid",
    label: "UUID",
    help: "Made of the content if you leave it empty, so that equal disks have equal ones.",
    isRare: true,
    applies: isShaped,
  },
  {
    name: "owner",
    label: "Owner of all files",
    help: "User and group in numbers, such as 1000:1000. Empty: whom the layers name.",
    isRare: true,
    applies: ({ make }) => make === "rootfs",
  },
  {
    name: "blockSize",
    label: "Block size",
    help: "Smaller blocks waste less on many small files.",
    values: [
      ["4096", "4096 bytes"],
      ["2048", "2048 bytes"],
      ["1024", "1024 bytes"],
    ],
    isRare: true,
    applies: isShaped,
  },
  {
    name: "inline",
    label: "Small files in their inodes",
    help: "Saves a block for each file of up to 128 bytes. Not for DAX.",
    isRare: true,
    applies: isImage,
  },
  {
    name: "convertSlash",
    label: "Turn \\ into /",
    help: "In names and link targets, for archives that were made on Windows.",
    isRare: true,
    applies: isLayer,
  },
];
