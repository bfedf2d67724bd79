/** One field of the form, with its sentence of help, and room for what is wrong with it. */
import { element, freshId } from "../element.ts";
import type { Field } from "../fields.ts";
import type { Order } from "../order.ts";

export type Change = (changes: Partial<Order>) => void;

export function fieldView(field: Field, order: Order, change: Change): HTMLElement {
  const ids: FieldIds = { id: freshId(field.name), help: freshId("help"), problem: freshId("problem") };
  const help = element("p", { class: "help", id: ids.help }, field.help);
  if (field.values) return choiceField(field, field.values, order, change, help, ids);
  const value = order[field.name];
  return typeof value === "boolean"
    ? switchField(field, value, change, help, ids)
    : textField(field, String(value), change, help, ids);
}

interface FieldIds {
  readonly id: string;
  readonly help: string;
  readonly problem: string;
}

function choiceField(
  field: Field,
  values: NonNullable<Field["values"]>,
  order: Order,
  change: Change,
  help: HTMLElement,
  ids: FieldIds,
): HTMLElement {
  const options = values.map(([value, label]) => {
    const input = element("input", {
      type: "radio",
      name: field.name,
      value,
      checked: order[field.name] === value,
      on: { change: () => change({ [field.name]: value }) },
    });
    return element("label", { class: "segment" }, input, element("span", {}, label));
  });
  return element(
    "fieldset",
    { class: "field", "aria-describedby": ids.help },
    element("legend", {}, field.label),
    element("div", { class: "segments" }, ...options),
    help,
  );
}

function switchField(field: Field, isOn: boolean, change: Change, help: HTMLElement, ids: FieldIds): HTMLElement {
  const input: HTMLInputElement = element("input", {
    type: "checkbox",
    id: ids.id,
    name: field.name,
    checked: isOn,
    "aria-describedby": ids.help,
    on: { change: () => change({ [field.name]: input.checked }) },
  });
  return element("div", { class: "field switch" }, input, element("label", { for: ids.id }, field.label), help);
}

function textField(field: Field, text: string, change: Change, help: HTMLElement, ids: FieldIds): HTMLElement {
  const problem = element("p", { class: "problem", id: ids.problem, "data-problem": field.name });
  const input: HTMLInputElement = element("input", {
    type: "text",
    id: ids.id,
    name: field.name,
    value: text,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${ids.problem} ${ids.help}`,
    on: {
      input: () => {
        change({ [field.name]: input.value.trim() });
        input.removeAttribute("aria-invalid");
        problem.textContent = "";
      },
    },
  });
  return element("div", { class: "field" }, element("label", { for: ids.id }, field.label), input, problem, help);
}
