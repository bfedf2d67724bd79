/** Something that is made when it is first asked for, and once; anew if that has failed. */
export class Once<T> {
  #made: Promise<T> | undefined;

  get(make: () => Promise<T>): Promise<T> {
    this.#made ??= make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }
}
