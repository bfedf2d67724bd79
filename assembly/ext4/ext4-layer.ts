/** What both profiles are to whoever feeds them: a layer that becomes an ext4 image. */
import { BlockStream } from "../block-stream";
import { EntryListener } from "../tree/entry";

export abstract class Ext4Layer extends EntryListener {
  /** Entries with a whiteout's name. */
  whiteoutCount: u64 = 0;

  /** Whether contents may reach the image without passing here. */
  abstract get takesCopies(): bool;

  /** Where contents go. */
  abstract get stream(): BlockStream;
}
