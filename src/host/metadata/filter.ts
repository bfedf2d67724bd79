/**
 * Which snapshots a caller wants to see.
 *
 * A filter is selectors that must all match: `kind==active,labels."containerd.io/gc.root"`. Fields are `kind`, `name`, `parent`
 * and `labels.K`. A field alone: it is there. `==`: it is there and equal. `!=`: it is other, or not there. `~=`: its text, ""
 * if it is not there, has a match of a regular expression, in Go's syntax; one that is no expression never matches.
 *
 * Source: containerd, pkg/filters, and core/snapshots/storage for the fields.
 */
import { RE2JS } from "re2js"; // in linear time: a pattern is a stranger's, and RegExp may take for ever over it
import { ErrorCode, ImageError } from "../errors.ts";
import { parseSelectors, type Selector } from "./filter-parser.ts";
import type { Info } from "./info.ts";

export type Filter = (info: Info) => boolean;

/** Time is linear in the length of a pattern, too. UTF-16 units, of all filters together. */
export const MAX_FILTERS_LENGTH = 16384;

/**
 * Of several filters one must match; of none, or an empty one, everything does.
 *
 * @throws ImageError  InvalidArgument
 */
export function parseFilters(filters: readonly string[]): Filter {
  const length = filters.reduce((sum, filter) => sum + filter.length, 0);
  if (length > MAX_FILTERS_LENGTH) {
    const what = `filters: are ${length} characters long, of at most ${MAX_FILTERS_LENGTH}`;
    throw new ImageError(ErrorCode.InvalidArgument, what);
  }
  const alternatives = filters.map((filter) => (filter === "" ? [] : parseSelectors(filter).map(testOf)));
  return (info) => alternatives.length === 0 || alternatives.some((tests) => tests.every((test) => test(info)));
}

function testOf({ path, operator, value }: Selector): Filter {
  switch (operator) {
    case "present":
      return (info) => fieldOf(info, path) !== undefined;
    case "==":
      return (info) => fieldOf(info, path) === value;
    case "!=":
      return (info) => (fieldOf(info, path) ?? "") !== value;
    case "~=": {
      const hasMatch = compilePattern(value);
      return (info) => hasMatch(fieldOf(info, path) ?? "");
    }
  }
}

function compilePattern(pattern: string): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.test(text);
  } catch {
    return () => false;
  }
}

/** @returns undefined where it is not there; `parent` always is, if only "" */
function fieldOf(info: Info, [field, ...rest]: readonly string[]): string | undefined {
  if (field === "kind" || field === "name" || field === "parent") return info[field];
  return field === "labels" ? info.labels.get(rest.join(".")) : undefined;
}
