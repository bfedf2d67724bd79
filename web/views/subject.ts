/** What was dropped, and what can be seen of it. */
import { element, foreign } from "../element.ts";
import type { Session } from "../session.ts";
import { nameOf, type Subject } from "../subject.ts";
import { archiveView } from "./archive.ts";
import { chooseOthers, type TakeFiles } from "./drop.ts";
import { laterView } from "./later.ts";
import { layersView } from "./layers.ts";

const KINDS: Record<Subject["kind"], string> = {
  layers: "Layers",
  archive: "Container image",
  disk: "Disk image",
  cim: "CIM of a Windows layer",
  pair: "Two disk images",
};

export function subjectView(subject: Subject, session: Session, take: TakeFiles, gone: AbortSignal): HTMLElement {
  return element(
    "section",
    { class: "subject", "aria-labelledby": "subject-title" },
    element(
      "div",
      { class: "subject-head" },
      element("p", { class: "kind" }, KINDS[subject.kind]),
      element("h1", { id: "subject-title", tabindex: -1 }, foreign(nameOf(subject))),
      chooseOthers(take),
    ),
    ...bodyOf(subject, session, gone),
  );
}

function bodyOf(subject: Subject, session: Session, gone: AbortSignal): HTMLElement[] {
  switch (subject.kind) {
    case "layers":
      return [
        layersView(subject, (changed) => session.replace(changed)),
        laterView("What takes room in it", async () => (await import("./room.ts")).roomView(subject, gone)),
      ];
    case "archive":
      return [
        archiveView(subject, (index) => void session.choose(subject, index)),
        laterView("What takes room in it", async () => (await import("./room.ts")).roomView(subject, gone)),
      ];
    case "disk":
      return [laterView("Inside", async () => (await import("./disk.ts")).diskView(subject.file, gone), true)];
    case "cim":
      return [laterView("Inside", async () => (await import("./cim.ts")).cimView(subject.parts, gone), true)];
    case "pair":
      return [laterView("Difference", async () => (await import("./pair.ts")).pairView(subject, gone), true)];
  }
}
