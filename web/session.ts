/** The page's course: takes what people do, has it done, and tells where the page is now. */
import { ImageError } from "../build/src/web.js";
import { adviceOf, chooseImage, look } from "./look.ts";
import { make } from "./make.ts";
import { makesOf, type Order, orderOf } from "./order.ts";
import { type Event, next, type State } from "./state.ts";
import type { ArchiveSubject, DroppedFile, Subject } from "./subject.ts";

type Listener = (state: State, before: State) => void;

export class Session {
  #state: State = { at: "empty" };
  readonly #listeners: Listener[] = [];

  /** Of what is being done now. What ends late ends in vain. */
  #turn = new AbortController();

  get state(): State {
    return this.#state;
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async drop(files: readonly DroppedFile[]): Promise<void> {
    if (files.length === 0) return;
    const name = files.length === 1 ? files[0]!.name : `${files.length} files`;
    if (this.#state.at !== "working") await this.#look(name, () => look(files));
    const needed = releasesIn(this.#state);
    for (const { release } of files) if (release && !needed.includes(release)) void release();
  }

  /** What was dropped cannot be read at all. */
  refuse(sentence: string): void {
    if (this.#state.at === "working") return;
    this.#begin();
    this.#happen({ type: "refused", failure: { sentence } });
  }

  /** Another image of the same archive. */
  async choose(subject: ArchiveSubject, chosen: number): Promise<void> {
    if (this.#state.at === "working") return;
    const asked = this.#asked;
    await this.#look(subject.name, () => chooseImage(subject, subject.images, chosen), asked);
  }

  /** The same files, in another order or fewer of them. What was asked for stays, as far as it still can be. */
  replace(subject: Subject, asked = this.#asked): void {
    const plain = orderOf(subject);
    const order = asked && makesOf(subject).includes(asked.make) ? { ...asked, layer: plain.layer } : plain;
    this.#happen({ type: "recognised", subject, order });
  }

  /** What is asked for, while it is still being put together. */
  order(order: Order): void {
    this.#happen({ type: "ordered", order });
  }

  async make(order: Order): Promise<void> {
    const { state } = this;
    if (!("subject" in state) || !state.subject || state.at === "working") return;
    const { subject } = state;
    const { signal } = this.#begin();
    this.#happen({ type: "started", order });
    try {
      const onProgress = (progress: { bytesRead: number; totalBytes?: number }) => {
        if (!signal.aborted) this.#happen({ type: "progressed", progress });
      };
      const made = await make(subject, order, { signal, onProgress });
      if (signal.aborted) void made.release?.();
      else this.#happen({ type: "made", made });
    } catch (error) {
      if (!signal.aborted) this.#fail(error, subject);
    }
  }

  cancel(): void {
    this.#turn.abort(new Error("cancelled"));
    this.#happen({ type: "cancelled" });
  }

  /** Back to what was ordered. */
  change(): void {
    this.#happen({ type: "changed" });
  }

  leave(): void {
    if (this.#state.at === "working") return;
    this.#turn.abort(new Error("left"));
    this.#happen({ type: "left" });
  }

  get #asked(): Order | undefined {
    return "order" in this.#state ? this.#state.order : undefined;
  }

  async #look(name: string, find: () => Promise<Subject>, asked?: Order): Promise<void> {
    const { signal } = this.#begin();
    this.#happen({ type: "dropped", name });
    try {
      const subject = await find();
      if (!signal.aborted) this.replace(subject, asked);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #begin(): AbortController {
    this.#turn.abort(new Error("something else was begun"));
    this.#turn = new AbortController();
    return this.#turn;
  }

  #fail(error: unknown, subject?: Subject): void {
    const sentence = error instanceof Error ? error.message : String(error);
    const advice = adviceOf(error, subject);
    if (!(error instanceof ImageError)) console.error(error); // a fault of ours: all that is known of it
    this.#happen({ type: "failed", failure: { sentence, ...(advice && { advice }) } });
  }

  #happen(event: Event): void {
    const before = this.#state;
    this.#state = next(before, event);
    for (const release of releasesIn(before)) if (!releasesIn(this.#state).includes(release)) void release();
    if (this.#state !== before) for (const listener of this.#listeners) listener(this.#state, before);
  }
}

/** Of the files of the store that are in use. */
function releasesIn(state: State): (() => Promise<void>)[] {
  const holders = [
    "made" in state ? state.made : undefined,
    "subject" in state && state.subject?.kind === "disk" ? state.subject : undefined,
  ];
  return holders.flatMap((holder) => holder?.release ?? []);
}
