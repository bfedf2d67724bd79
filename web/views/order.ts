/** The form: what is to be made, and how. Only what means something is shown; what is wrong is said where it stands. */

import { shown } from "../../build/src/host/oci/shown.js";
import { element, freshId } from "../element.ts";
import { FIELDS } from "../fields.ts";
import { type Make, makesOf, type Order, problemsOf } from "../order.ts";
import type { Subject } from "../subject.ts";
import { commandView } from "./command.ts";
import { type Change, fieldView } from "./field.ts";

const MAKES: Record<Make, readonly [label: string, help: string]> = {
  rootfs: ["Root filesystem", "All layers as one ext4 disk, as a container would see them."],
  layer: ["Layer image", "One layer as an ext4 image of its own."],
  cim: ["Windows CIM", "A layer of a Windows container as a composite image; its files come in one tar."],
  disk: ["Disk file", "The same disk in another kind of file."],
};

export interface OrderActions {
  /** Tells what is asked for, whenever it changes. */
  readonly change: (order: Order) => void;
  readonly make: (order: Order) => void;
}

export function orderView(subject: Subject, first: Order, actions: OrderActions): HTMLElement {
  let order = first;
  const body = element("div", { class: "fields" });
  const command = element("div", {});
  const change = (changes: Partial<Order>) => {
    const before = shapeOf(order);
    order = { ...order, ...changes };
    actions.change(order);
    if (shapeOf(order) !== before) show();
    command.replaceChildren(commandView(subject, order));
  };
  const show = () => {
    const kept = focusedName(body);
    body.replaceChildren(...fieldsOf(subject, order, change));
    if (kept) body.querySelector<HTMLElement>(`[name="${kept}"]:is(:checked, :not([type="radio"]))`)?.focus();
  };
  const form = element(
    "form",
    {
      class: "card order",
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          if (showProblems(form, order)) actions.make(order);
        },
      },
    },
    element("h2", { tabindex: -1 }, "What to make"),
    body,
    element("p", { class: "actions" }, element("button", { type: "submit", class: "primary" }, "Make the disk")),
    command,
  );
  show();
  command.replaceChildren(commandView(subject, order));
  return form;
}

/** What decides which fields there are: while it stays, nothing is drawn anew, and what is typed is left alone. */
function shapeOf(order: Order): string {
  return [order.make, order.profile, order.room === "fit"].join();
}

function focusedName(body: HTMLElement): string | undefined {
  const { activeElement } = document;
  return body.contains(activeElement) ? (activeElement?.getAttribute("name") ?? undefined) : undefined;
}

function fieldsOf(subject: Subject, order: Order, change: Change): HTMLElement[] {
  const fields = FIELDS.filter(({ applies }) => applies(order));
  const rare = fields.filter(({ isRare }) => isRare);
  const isAnyChanged = rare.some(({ name }) => order[name] !== RARE_DEFAULTS[name]);
  return [
    ...makeChoice(subject, order, change),
    ...layerChoice(subject, order, change),
    ...fields.filter(({ isRare }) => !isRare).map((field) => fieldView(field, order, change)),
    ...(rare.length === 0
      ? []
      : [
          element(
            "details",
            { open: isAnyChanged },
            element("summary", {}, "More"),
            ...rare.map((field) => fieldView(field, order, change)),
          ),
        ]),
  ];
}

/** So that what was changed is in sight. */
const RARE_DEFAULTS: { readonly [name: string]: string | boolean } = {
  profile: "modern",
  label: "",
  uuid: "",
  owner: "",
  blockSize: "4096",
  inline: false,
  convertSlash: false,
};

function makeChoice(subject: Subject, order: Order, change: Change): HTMLElement[] {
  const makes = makesOf(subject);
  if (makes.length < 2) return [];
  const cards = makes.map((make) => {
    const [label, help] = MAKES[make];
    const helpId = freshId("make");
    const input = element("input", {
      type: "radio",
      name: "make",
      value: make,
      checked: make === order.make,
      "aria-describedby": helpId,
      on: { change: () => change({ make }) },
    });
    const text = element(
      "span",
      {},
      element("strong", {}, label),
      element("span", { class: "help", id: helpId }, help),
    );
    return element("label", { class: "choice-card" }, input, text);
  });
  return [element("fieldset", { class: "cards" }, element("legend", { class: "for-readers" }, "Kind"), ...cards)];
}

function layerChoice(subject: Subject, order: Order, change: Change): HTMLElement[] {
  const names =
    subject.kind === "layers"
      ? subject.layers.map(({ name }, index) => `${index + 1}: ${shown(name).slice(0, 60)}`)
      : subject.kind === "archive"
        ? subject.image.layers.map(({ diffId }, index) => `${index + 1}: ${diffId.slice(0, 19)}`)
        : [];
  if (order.make === "rootfs" || names.length < 2) return [];
  const id = freshId("layer");
  const options = names.map((name, index) =>
    element("option", { value: index, selected: index === order.layer }, name),
  );
  const select: HTMLSelectElement = element(
    "select",
    { id, name: "layer", on: { change: () => change({ layer: Number(select.value) }) } },
    ...options,
  );
  return [element("div", { class: "field" }, element("label", { for: id }, "Layer"), select)];
}

/** Says at each field what is wrong with it, and goes to the first. @returns whether nothing is */
function showProblems(form: HTMLElement, order: Order): boolean {
  const problems = Object.entries(problemsOf(order));
  for (const [name, problem] of problems) {
    const input = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    const place = form.querySelector(`[data-problem="${name}"]`);
    if (!input || !place) continue;
    input.closest("details")?.setAttribute("open", "");
    input.setAttribute("aria-invalid", "true");
    place.textContent = problem;
  }
  const [first] = problems;
  if (first) form.querySelector<HTMLElement>(`input[name="${first[0]}"]`)?.focus();
  return first === undefined;
}
