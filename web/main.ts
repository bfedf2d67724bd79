/** The page: puts its parts together, and shows where it is. */
import { announce, announcer } from "./announce.ts";
import { element } from "./element.ts";
import { startOffline } from "./offline.ts";
import { takeSample } from "./sample.ts";
import { Session } from "./session.ts";
import type { State } from "./state.ts";
import type { DroppedFile } from "./subject.ts";
import { dropZone, takeEverywhere } from "./views/drop.ts";
import { hero } from "./views/hero.ts";
import { masthead } from "./views/masthead.ts";
import { stage } from "./views/stage.ts";
import { storedView } from "./views/stored.ts";

const session = new Session();
const take = (files: readonly DroppedFile[]) => {
  if (session.state.at === "working") announce("A disk is being made. Cancel it before you drop something else.");
  void session.drop(files);
};
const trySample = () => void takeSample().then(take, (error: Error) => session.refuse(error.message));

const opening = hero(dropZone(take, trySample));
const work = stage(session, take);
const stored = storedView((made) => take([made]));
const main = element("main", {}, opening, work.element, stored.element);

document.body.append(
  masthead(() => session.leave()),
  main,
  element("footer", { class: "foot" }, element("p", {}, "Nothing you drop leaves this page."), startOffline()),
  announcer,
);

function show(state: State, before?: State): void {
  document.body.dataset.at = state.at;
  opening.hidden = state.at !== "empty";
  work.show(state, before);
  if (state.at === "looking") announce(`Looking at ${state.name}`);
  if (state.at === "done" || state.at === "empty") void stored.refresh();
}

session.onChange(show);
takeEverywhere(take, (sentence) => session.refuse(sentence));
show(session.state);
