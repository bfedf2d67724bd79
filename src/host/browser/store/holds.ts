/**
 * Who uses what of a store, among all tabs: by Web Locks, which a tab that is killed cannot leave behind.
 *
 * Who makes a file or has given it out holds it, with others; who removes it must have it alone.
 */
export class Holds {
  /** @param prefix  of the names of all locks */
  constructor(private readonly prefix: string) {}

  /**
   * Holds `file` until the tab is gone, or what is returned is called: it resolves when `file` is let go of. Waits while it is
   * being removed.
   */
  hold(file: string): Promise<() => Promise<void>> {
    return new Promise((resolve, reject) => {
      const held = () =>
        new Promise<void>((release) => {
          resolve(() => {
            release();
            return request;
          });
        });
      const request = navigator.locks.request(this.#nameOf(file), { mode: "shared" }, held);
      request.catch(reject);
    });
  }

  /** Does `work` if nobody holds `file`, nor can before it is done. @returns whether */
  unlessHeld(file: string, work: () => Promise<void>): Promise<boolean> {
    return navigator.locks.request(this.#nameOf(file), { ifAvailable: true }, async (lock) => {
      if (lock === null) return false;
      await work();
      return true;
    });
  }

  /** Does `work` on the index while no other tab does. */
  onIndex<T>(work: () => Promise<T>): Promise<T> {
    return navigator.locks.request(`${this.prefix} index`, work) as Promise<T>;
  }

  #nameOf(file: string): string {
    return `${this.prefix} file ${file}`;
  }
}
