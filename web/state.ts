/**
 * Where the page is.
 *
 *     empty ─▶ looking ─▶ ready ─▶ working ─▶ done
 *       ▲         │         ▲         │         │
 *       └─────────┴─ failed ┴─────────┴─────────┘
 *
 * Plain values: what happened goes in, what is now comes out, and nothing else changes anything.
 */
import type { Progress } from "../build/src/web.js";
import type { Made } from "./made.ts";
import type { Order } from "./order.ts";
import type { Subject } from "./subject.ts";

export type State =
  | { readonly at: "empty" }
  | { readonly at: "looking"; readonly name: string }
  | { readonly at: "ready"; readonly subject: Subject; readonly order: Order }
  | { readonly at: "working"; readonly subject: Subject; readonly order: Order; readonly progress?: Progress }
  | { readonly at: "done"; readonly subject: Subject; readonly order: Order; readonly made: Made }
  | { readonly at: "failed"; readonly failure: Failure; readonly subject?: Subject; readonly order?: Order };

export interface Failure {
  /** As the command line says it. */
  readonly sentence: string;

  /** What to do next, where that is known. */
  readonly advice?: string;
}

export type Event =
  | { readonly type: "dropped"; readonly name: string }
  | { readonly type: "refused"; readonly failure: Failure }
  | { readonly type: "recognised"; readonly subject: Subject; readonly order: Order }
  | { readonly type: "ordered"; readonly order: Order }
  | { readonly type: "started"; readonly order: Order }
  | { readonly type: "progressed"; readonly progress: Progress }
  | { readonly type: "made"; readonly made: Made }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "cancelled" }
  | { readonly type: "changed" }
  | { readonly type: "left" };

/** @returns what is now; the same state where the event comes too late to mean anything */
export function next(state: State, event: Event): State {
  switch (event.type) {
    case "dropped":
      return state.at === "working" ? state : { at: "looking", name: event.name };
    case "refused":
      return state.at === "working" ? state : { at: "failed", failure: event.failure };
    case "recognised":
      return state.at === "working" ? state : { at: "ready", subject: event.subject, order: event.order };
    case "ordered":
      return state.at === "ready" ? { ...state, order: event.order } : state;
    case "started":
      return "subject" in state && state.subject
        ? { at: "working", subject: state.subject, order: event.order }
        : state;
    case "progressed":
      return state.at === "working" ? { ...state, progress: event.progress } : state;
    case "made":
      return state.at === "working"
        ? { at: "done", subject: state.subject, order: state.order, made: event.made }
        : state;
    case "failed":
      return failed(state, event.failure);
    case "cancelled":
    case "changed":
      return backToOrder(state, event.type);
    case "left":
      return state.at === "working" ? state : { at: "empty" };
  }
}

function failed(state: State, failure: Failure): State {
  if (state.at === "working") return { at: "failed", failure, subject: state.subject, order: state.order };
  return state.at === "looking" ? { at: "failed", failure } : state;
}

/** What was ordered is still there, to be changed and tried again. */
function backToOrder(state: State, type: "cancelled" | "changed"): State {
  const isThere = type === "cancelled" ? state.at === "working" : state.at === "done" || state.at === "failed";
  if (!isThere || !("order" in state) || !state.subject || !state.order) return state;
  return { at: "ready", subject: state.subject, order: state.order };
}
