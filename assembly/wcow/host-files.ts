/** Files that the host writes beside the image, in a directory of the layer's own: what Windows wants to find outside of it. */
import { Content, ContentStore } from "../tree/windows/content";
import { WindowsFile } from "../tree/windows/file";

export class HostFile {
  /** Where its bytes stand, unless it has `text`. */
  readonly content: Content = changetype<Content>(heap.alloc(offsetof<Content>()));

  /**
   * @param path  with `/` between its parts
   * @param text  all that is in it, in ASCII; "": its bytes stand in `content`
   * @param link  path of the file before it that this is a hard link to, and whose bytes it has; "": it stands for itself
   */
  constructor(readonly path: string, readonly text: string, readonly link: string) {}

  /** Bytes. */
  get length(): u64 {
    return this.text.length > 0 ? this.text.length : this.content.length;
  }

  /** Puts `length` bytes from byte `at` on into memory at `to`; they must be there. */
  read(contents: ContentStore, at: u64, to: usize, length: u32): void {
    if (this.text.length == 0) contents.read(this.content, at, to, length);
    else for (let i: u32 = 0; i < length; i++) store<u8>(to + i, <u8>this.text.charCodeAt(<u32>at + i));
  }
}

/** A handful: made once, when the layer is at its end. */
export class HostFiles {
  readonly list: HostFile[] = [];

  /** @param path  of the tree, with `\` */
  addFile(path: string, file: WindowsFile): void {
    file.tellContent(this.add(path, "", "").content);
  }

  addLink(path: string, to: string, file: WindowsFile): void {
    file.tellContent(this.add(path, "", slashed(to)).content);
  }

  addText(path: string, text: string): void {
    this.add(path, text, "");
  }

  private add(path: string, text: string, link: string): HostFile {
    const file = new HostFile(slashed(path), text, link);
    this.list.push(file);
    return file;
  }
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
