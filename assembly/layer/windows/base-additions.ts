/**
 * What a base layer gets when an image is made of it: second names for its registry hives, in a directory of their own,
 * and a file that says so. A layer that is made of such an image does not have them: whoever makes an image of it adds
 * them again.
 *
 * Source: hcsshim, internal/wclayer/cim, processing of base layers.
 */
import { equalBytes } from "../../bytes/equal";
import { Literal, wideLiteral } from "../../bytes/literal";
import { DIRECTORY, NORMAL } from "../../tree/windows/attributes";
import { CONFIG, HIVE_NAMES, HiveNames, HIVES, LAYOUT, LAYOUT_TEXT } from "../../tree/windows/hives";
import { WindowsMetadata } from "../../tree/windows/metadata";
import { compareNames } from "../../tree/windows/name-order";
import { isDefaultDescriptor } from "../../tree/windows/security-descriptor";
import { WindowsTreeReader } from "../../tree/windows/tree-reader";

const HIVES_NAME = wideLiteral(HIVES);
const LAYOUT_NAME = wideLiteral(LAYOUT);
const LAYOUT_CONTENT = new Literal(LAYOUT_TEXT);
const content = memory.data(16);

/** The parts of a path. */
const CONFIG_PATH = CONFIG.split("\\").map<Literal>((name: string) => wideLiteral(name));
const CONFIG_NAMES = HIVE_NAMES.map<Literal>((names: HiveNames) => wideLiteral(names.config));
const BASE_NAMES = HIVE_NAMES.map<Literal>((names: HiveNames) => wideLiteral(names.base));

export class BaseAdditions {
  /** The directory and the file; 0: they are not there, or not just as they are made. */
  private hives: u32 = 0;
  private layout: u32 = 0;

  /** Looks for them in a tree. Either all of them are additions, or none. @fails Corrupt */
  find(tree: WindowsTreeReader): void {
    this.hives = 0;
    tree.open(tree.root);
    const hives = childOf(tree, HIVES_NAME, false);
    const layout = childOf(tree, LAYOUT_NAME, false);
    if (hives == 0 || layout == 0 || !isLayout(tree, layout) || !isHives(tree, hives)) return;
    this.hives = hives;
    this.layout = layout;
  }

  /** @param depth  directories that the file is in */
  has(id: u32, depth: u32): bool {
    return this.hives != 0 && depth == 1 && (id == this.hives || id == this.layout);
  }
}

function isLayout(tree: WindowsTreeReader, id: u32): bool {
  tree.open(id);
  const length = LAYOUT_CONTENT.length;
  if (!isBare(tree, 0) || tree.size != length) return false;
  return tree.read(0, content, length) == length && equalBytes(content, LAYOUT_CONTENT.at, length);
}

/** Whether it has all hives that the tree has elsewhere, and nothing else. */
function isHives(tree: WindowsTreeReader, id: u32): bool {
  const config = configOf(tree);
  tree.open(id);
  if (config == 0 || !isBare(tree, DIRECTORY)) return false;
  for (let i = 0; i < HIVE_NAMES.length; i++) {
    tree.open(config);
    const hive = childOf(tree, CONFIG_NAMES[i], true);
    tree.open(id);
    if (hive == 0 || childOf(tree, BASE_NAMES[i], false) != hive) return false;
  }
  tree.startNames();
  for (let i = 0; i < HIVE_NAMES.length; i++) if (!tree.nextName()) return false;
  return !tree.nextName();
}

/** The directory where Windows has its hives; 0: there is none. */
function configOf(tree: WindowsTreeReader): u32 {
  let id = tree.root;
  for (let i = 0; i < CONFIG_PATH.length; i++) {
    tree.open(id);
    id = childOf(tree, CONFIG_PATH[i], true);
    if (id == 0) return 0;
  }
  return id;
}

/** The file of that name in the open directory; 0: there is none, or it is no directory. @param folds  whatever the case */
function childOf(tree: WindowsTreeReader, name: Literal, folds: bool): u32 {
  if (!tree.isDirectory) return 0;
  const units = name.length / 2;
  tree.startNames();
  while (tree.nextName()) {
    if (tree.nameUnits != units) continue;
    const isSame = folds
      ? compareNames(tree.upcase, tree.name, units, name.at, units) == 0
      : memory.compare(tree.name, name.at, name.length) == 0;
    if (isSame) return tree.child;
  }
  return 0;
}

/** Whether the open file has nothing but a name and content. @param attributes  that it has */
export function isBare(tree: WindowsTreeReader, attributes: u32): bool {
  if (!hasNoMetadata(tree.metadata, attributes)) return false;
  tree.startStreams();
  return !tree.nextStream();
}

/** Whether it is the metadata of what nobody has described. */
function hasNoMetadata(metadata: WindowsMetadata, attributes: u32): bool {
  if ((metadata.attributes & ~NORMAL) != attributes) return false;
  if (metadata.creationTime != 0 || metadata.lastWriteTime != 0) return false;
  if (metadata.changeTime != 0 || metadata.lastAccessTime != 0) return false;
  if (metadata.easLength > 0 || metadata.reparseLength > 0) return false;
  return isDefaultDescriptor(metadata.securityDescriptor, metadata.securityDescriptorLength);
}
