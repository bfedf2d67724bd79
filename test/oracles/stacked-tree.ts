/**
 * The tree that layers laid over one another show, from the definition: a name is that of the highest layer that has it,
 * directories show the names of all layers down to the first that hides the rest.
 *
 * Throws `Refused` where a layer asks for what cannot be. Shares no code with the core.
 */
import type { ByteString, LayerEntry } from "../fixtures/layer.ts";
import type { Tree } from "./tree.ts";
import { blank, flatten, type Node, Refused, Unpacker } from "./unpacked-tree.ts";

/**
 * @param layers    the lowest first
 * @param inherits  whether a directory that only stands on the way to others is as the layer below describes it, where
 *                  overlayfs shows what was made in its place
 */
export function stackedTree(layers: LayerEntry[][], inherits = true): Tree {
  return new Stack(layers, inherits).tree();
}

class Stack {
  /** The highest first. */
  readonly #layers: Unpacker[];
  /** What stands in the tree for a file of a layer, so that hard links share it. */
  readonly #shown = new Map<Node, Node>();

  constructor(
    layers: LayerEntry[][],
    private readonly inherits: boolean,
  ) {
    this.#layers = layers.toReversed().map((entries) => {
      const unpacker = new Unpacker(true, true);
      unpacker.unpack(entries);
      return unpacker;
    });
  }

  tree(): Tree {
    for (const [index, { root }] of this.#layers.entries()) this.#checkLinks(root, index);
    const roots = this.#layers.map(({ root }) => root);
    const root = this.#merged(
      untilOpaque(roots).map((node) => ({ node, index: roots.indexOf(node) })),
      roots,
    );
    const lostFound = root.children.get("lost+found");
    if (lostFound !== undefined && lostFound.entry.kind !== "dir") throw new Refused("lost+found");
    if (lostFound === undefined) root.children.set("lost+found", this.#node(blank("dir", 0o700)));
    else if (lostFound.implied) lostFound.entry.mode = 0o700;
    return flatten(root);
  }

  /**
   * @param nodes      directories of one path, the highest first, of which none hides the next; and the layers that they are of
   * @param described  those of them, and of what they hide, whose fields count
   */
  #merged(nodes: { node: Node; index: number }[], described: Node[]): Node {
    const own = described[0]!;
    const from = this.inherits ? (described.find(({ implied }) => !implied) ?? own) : own;
    const made = this.#node({ ...from.entry, xattrs: new Map(from.entry.xattrs), links: 0 });
    made.implied = from.implied;
    for (const name of new Set(nodes.flatMap(({ node }) => [...node.children.keys()]))) {
      const child = this.#child(nodes, name);
      if (child !== undefined) made.children.set(name, child);
    }
    return made;
  }

  #child(nodes: { node: Node; index: number }[], name: ByteString): Node | undefined {
    const found = nodes.flatMap(({ node, index }) => {
      const child = node.children.get(name);
      return child === undefined ? [] : [{ node: child, index }];
    });
    const [highest] = found;
    if (highest!.node.whiteout) return undefined;
    if (!isDirectory(highest!.node)) return this.#leaf(highest!.node, highest!.index);
    const end = found.findIndex(({ node }) => !isDirectory(node));
    const directories = end < 0 ? found : found.slice(0, end);
    const visible = untilOpaque(directories.map(({ node }) => node)).length;
    return this.#merged(
      directories.slice(0, visible),
      directories.map(({ node }) => node),
    );
  }

  #leaf(node: Node, index: number): Node {
    const file = this.#resolved(node, index);
    const shown = this.#shown.get(file) ?? this.#node({ ...file.entry, links: 0 });
    this.#shown.set(file, shown);
    return shown;
  }

  /** What a hard link of layer `index` leads to. */
  #resolved(node: Node, index: number): Node {
    let at = node;
    for (let below = index; at.awaits !== undefined; ) {
      below++;
      if (below === this.#layers.length) throw new Refused("no target");
      const found = this.#layers[below]!.seek(at.awaits);
      if (found === "below") continue;
      if (isDirectory(found)) throw new Refused("a directory");
      at = found;
    }
    return at;
  }

  /** Links that are hidden must lead somewhere too. */
  #checkLinks(directory: Node, index: number): void {
    for (const child of directory.children.values()) {
      if (isDirectory(child)) this.#checkLinks(child, index);
      else this.#resolved(child, index);
    }
  }

  #node(entry: Node["entry"]): Node {
    return {
      entry,
      number: this.#count++,
      children: new Map(),
      parent: undefined,
      opaque: false,
      implied: false,
      whiteout: false,
      awaits: undefined,
    };
  }
  #count = 0;
}

const isDirectory = (node: Node): boolean => node.awaits === undefined && node.entry.kind === "dir";

/** Those up to the first that hides what is below it. */
function untilOpaque(nodes: Node[]): Node[] {
  const last = nodes.findIndex(({ opaque }) => opaque);
  return last < 0 ? nodes : nodes.slice(0, last + 1);
}
