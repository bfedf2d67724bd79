/**
 * JSON that others wrote, a member at a time, each held against what it should be. Whatever is read has a bounded number of items,
 * for three characters of text may take a hundred bytes of memory.
 *
 * `null` counts as a member that is not there: programs in Go write it for what is empty.
 */
import { textOf } from "../bytes.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import { shown } from "./shown.ts";

/** Items of an array, members of an object. An index that lists what a whole registry has is the longest that one meets. */
const MOST_ITEMS = 10_000;

export class JsonObject {
  private constructor(
    private readonly subject: string,
    private readonly place: string,
    private readonly value: Readonly<Record<string, unknown>>,
  ) {}

  /**
   * @param subject  what a message begins with: whose text it is
   * @throws ImageError  Corrupt: it is no JSON, or no object. Whoever reads a member may throw Corrupt or OutOfRange.
   */
  static parse(bytes: Uint8Array, subject: string): JsonObject {
    return JsonObject.of(parseJson(bytes, subject), subject, "");
  }

  /** The objects of an array that is the whole text. @throws ImageError  Corrupt, OutOfRange */
  static parseArray(bytes: Uint8Array, subject: string): JsonObject[] {
    const value = parseJson(bytes, subject);
    if (!Array.isArray(value)) throw wrong(subject, "", value, "an array");
    assertBounded(value, subject, "");
    return value.map((item, i) => JsonObject.of(item, subject, `[${i}]`));
  }

  private static of(value: unknown, subject: string, place: string): JsonObject {
    if (!isObject(value)) throw wrong(subject, place, value, "an object");
    return new JsonObject(subject, place, value);
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  string(name: string): string {
    const value = this.#get(name);
    if (typeof value === "string") return value;
    throw this.wrong(name, "a string");
  }

  optionalString(name: string): string | undefined {
    return this.has(name) ? this.string(name) : undefined;
  }

  /** A whole number of 0 or more. */
  count(name: string): number {
    const value = this.#get(name);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.wrong(name, "a whole number of 0 or more");
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.wrong(name, "true or false");
  }

  object(name: string): JsonObject {
    return JsonObject.of(this.#get(name), this.subject, this.#placeOf(name));
  }

  optionalObject(name: string): JsonObject | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  /** Empty where there is none. */
  objects(name: string): JsonObject[] {
    return this.#items(name).map((item, i) => JsonObject.of(item, this.subject, `${this.#placeOf(name)}[${i}]`));
  }

  /** Empty where there is none. */
  strings(name: string): string[] {
    return this.#items(name).map((item, i) => {
      if (typeof item === "string") return item;
      throw wrong(this.subject, `${this.#placeOf(name)}[${i}]`, item, "a string");
    });
  }

  optionalStrings(name: string): string[] | undefined {
    return this.has(name) ? this.strings(name) : undefined;
  }

  optionalStringMap(name: string): Record<string, string> | undefined {
    const map = this.optionalObject(name);
    return map && Object.fromEntries(map.names.map((key) => [key, map.string(key)]));
  }

  get names(): string[] {
    const names = Object.keys(this.value);
    assertBounded(names, this.subject, this.place);
    return names;
  }

  /** The error of a member that is there, and is not `expected`; or is missing. */
  wrong(name: string, expected: string): ImageError {
    return wrong(this.subject, this.#placeOf(name), this.#get(name), expected);
  }

  #items(name: string): unknown[] {
    const value = this.#get(name) ?? [];
    if (!Array.isArray(value)) throw this.wrong(name, "an array");
    assertBounded(value, this.subject, this.#placeOf(name));
    return value;
  }

  /** Of the object's own: `constructor` is no member that somebody wrote. */
  #get(name: string): unknown {
    return Object.hasOwn(this.value, name) ? (this.value[name] ?? undefined) : undefined;
  }

  #placeOf(name: string): string {
    return this.place === "" ? name : `${this.place}.${name}`;
  }
}

function parseJson(bytes: Uint8Array, subject: string): unknown {
  try {
    return JSON.parse(textOf(bytes));
  } catch (error) {
    throw new ImageError(ErrorCode.Corrupt, `${subject}: is no JSON`, error);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function assertBounded({ length }: readonly unknown[], subject: string, place: string): void {
  if (length <= MOST_ITEMS) return;
  const what = `has ${length} items, more than ${MOST_ITEMS}`;
  throw new ImageError(ErrorCode.OutOfRange, `${subject}: ${place && `${shown(place)} `}${what}`);
}

function wrong(subject: string, place: string, value: unknown, expected: string): ImageError {
  const found = describe(value);
  return new ImageError(
    ErrorCode.Corrupt,
    `${subject}: ${place && `${shown(place)} `}${found}, and should be ${expected}`,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return "is not there";
  if (Array.isArray(value)) return "is an array";
  if (typeof value === "object" && value !== null) return "is an object";
  return `is ${shown(JSON.stringify(value))}`;
}
