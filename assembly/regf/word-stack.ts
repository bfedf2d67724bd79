/** Words on top of one another: lists whose length nobody knows before, dropped in the order opposite to their making. */
import { ByteBuffer } from "../bytes/memory";

export class WordStack {
  private words: ByteBuffer = new ByteBuffer();

  /** Words that are on it. */
  get count(): u32 {
    return this.words.length / sizeof<usize>();
  }

  push(word: usize): void {
    const words = this.words;
    words.reserve(words.length + sizeof<usize>());
    store<usize>(words.at + words.length, word);
    words.length += sizeof<usize>();
  }

  get(index: u32): usize {
    return load<usize>(this.at(index));
  }

  /** Address of a word. It holds until the next `push` or `makeRoom`. */
  at(index: u32): usize {
    return this.words.at + index * sizeof<usize>();
  }

  /** Room above all words for `count` more, which `at` may then be asked for. */
  makeRoom(count: u32): void {
    this.words.reserve(this.words.length + count * sizeof<usize>());
  }

  /** Drops what is above the first `count` words. */
  cut(count: u32): void {
    this.words.length = count * sizeof<usize>();
  }
}
