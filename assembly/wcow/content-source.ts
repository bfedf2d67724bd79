/** A stream of the layer as what hives are read from. */
import { ErrorCode } from "../abi";
import { fail } from "../host";
import { Source } from "../source";
import { Content, ContentStore } from "../tree/windows/content";
import { WindowsFile } from "../tree/windows/file";

export class ContentSource extends Source {
  private content: Content = changetype<Content>(heap.alloc(offsetof<Content>()));

  constructor(private contents: ContentStore) {
    super();
  }

  /** Turns to the content of another file. */
  turnTo(file: WindowsFile): void {
    file.tellContent(this.content);
  }

  get size(): u64 {
    return this.content.length;
  }

  read(at: u64, to: usize, length: u32): void {
    const size = this.content.length;
    if (at > size || length > size - at) {
      fail(ErrorCode.Corrupt, `layer: ${length} bytes at ${at} are wanted of a file of ${size}`);
    }
    this.contents.read(this.content, at, to, length);
  }
}
