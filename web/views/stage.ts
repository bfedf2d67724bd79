/** The middle of the page: on one side what was dropped, on the other what becomes of it. Each is drawn anew only when it changes. */
import { shown } from "../../build/src/host/oci/shown.js";
import { element, foreign } from "../element.ts";
import type { Made } from "../made.ts";
import { makesOf } from "../order.ts";
import type { Session } from "../session.ts";
import type { State } from "../state.ts";
import { nameOf, type Subject } from "../subject.ts";
import { chooseOthers, type TakeFiles } from "./drop.ts";
import { failureView } from "./failure.ts";
import { laterView } from "./later.ts";
import { madeView } from "./made.ts";
import { orderView } from "./order.ts";
import { type ProgressView, progressView } from "./progress.ts";
import { subjectView } from "./subject.ts";

export interface Stage {
  readonly element: HTMLElement;
  show(state: State, before?: State): void;
}

export function stage(session: Session, take: TakeFiles): Stage {
  const left = element("div", { class: "stage-left" });
  const right = element("div", { class: "stage-right" });
  const whole = element("div", { class: "stage" }, left, right);
  let shownSubject: Subject | undefined;
  let subjectGone = new AbortController();
  let insideGone = new AbortController();
  let progress: ProgressView | undefined;

  const showSubject = (subject: Subject | undefined) => {
    if (subject === shownSubject) return;
    shownSubject = subject;
    subjectGone.abort();
    subjectGone = new AbortController();
    left.replaceChildren(...(subject ? [subjectView(subject, session, take, subjectGone.signal)] : []));
  };

  /** What was made, below what it was made of. */
  const showInside = (made: Made) => {
    insideGone.abort();
    insideGone = new AbortController();
    const view = insideView(made, insideGone.signal);
    insideGone.signal.addEventListener("abort", () => view.remove());
    left.append(view);
    view.querySelector("h2")?.focus();
  };

  const show = (state: State, before?: State) => {
    if (isOrderOnly(state, before)) return; // the form shows it already
    whole.hidden = state.at === "empty";
    showSubject("subject" in state ? state.subject : undefined);
    if (state.at === "working" && state.progress && progress) return progress.show(state.progress);
    progress = undefined;
    insideGone.abort();
    const view = viewOf(state);
    right.replaceChildren(...(view ? [view] : []));
    whole.classList.toggle("is-single", !view || !shownSubject);
    if (before) focusOn(whole, state, before);
  };

  const viewOf = (state: State): HTMLElement | undefined => {
    switch (state.at) {
      case "empty":
        return undefined;
      case "looking":
        return element("h1", { class: "looking", tabindex: -1 }, "Looking at what you dropped…");
      case "ready":
        if (makesOf(state.subject).length === 0) return undefined;
        return orderView(state.subject, state.order, {
          change: (order) => session.order(order),
          make: (order) => void session.make(order),
        });
      case "working":
        progress = progressView(`Making a disk of ${shown(nameOf(state.subject)).slice(0, 60)}`, () =>
          session.cancel(),
        );
        return progress.element;
      case "failed": {
        const view = failureView(state.failure, state.order && (() => session.change()));
        if (!state.subject) view.append(element("p", { class: "actions" }, chooseOthers(take)));
        return view;
      }
      case "done": {
        const { subject, order, made } = state;
        const lookInside = order.make === "cim" ? undefined : () => showInside(made);
        return madeView(subject, order, made, { change: () => session.change(), lookInside });
      }
    }
  };
  return { element: whole, show };
}

function insideView(made: Made, gone: AbortSignal): HTMLElement {
  const body = laterView("Inside", async () => (await import("./disk.ts")).diskView(made.file, gone), true);
  const title = element("h2", { tabindex: -1 }, "Inside ", foreign(made.name));
  return element("section", { class: "subject inside" }, title, body);
}

function isOrderOnly(state: State, before: State | undefined): boolean {
  return state.at === "ready" && before?.at === "ready" && state.subject === before.subject;
}

/** Where those who use the keyboard or a reader go on: at the title of what is new. */
function focusOn(whole: HTMLElement, state: State, before: State): void {
  const isReordered = state.at === "ready" && before.at === "ready";
  if (isReordered) return;
  const isFirstLook = state.at === "ready" && before.at === "looking";
  const place = isFirstLook ? "#subject-title" : ".stage-right [tabindex='-1']";
  const title = state.at === "empty" ? document.querySelector(".hero h1") : whole.querySelector(place);
  if (title instanceof HTMLElement) title.focus();
}
