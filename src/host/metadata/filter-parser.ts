/**
 * The grammar of filters.
 *
 *     filter    = selector *("," selector)
 *     selector  = fieldpath [ operator value ]
 *     fieldpath = field *("." field)
 *     field     = letters, digits and "_" | "quoted"
 *     operator  = "==" | "!=" | "~="
 *     value     = graphic characters but "," | "quoted" | /quoted/ | |quoted|, the last two only after "~="
 *
 * Blanks may stand before a field, an operator and a value. A value that begins with one of `/ | " , . = ! ~` must be quoted.
 *
 * Source: containerd, pkg/filters.
 */
import { unquote } from "./filter-quoting.ts";
import { Scanner, type Token } from "./filter-scanner.ts";

export type Operator = "present" | "==" | "!=" | "~=";

export interface Selector {
  readonly path: readonly string[];
  readonly operator: Operator;
  readonly value: string;
}

const OPERATORS: readonly string[] = ["==", "!=", "~="] satisfies Operator[];

/** Which must all match. @throws ImageError  InvalidArgument */
export function parseSelectors(filter: string): Selector[] {
  const scanner = new Scanner(filter);
  const selectors = [parseSelector(scanner)];
  while (scanner.peek() === ",") {
    scanner.next();
    selectors.push(parseSelector(scanner));
  }
  const rest = scanner.peek();
  if (rest !== undefined) throw scanner.error(scanner.at, `unexpected input: ${rest}`);
  return selectors;
}

function parseSelector(scanner: Scanner): Selector {
  const path = parsePath(scanner);
  const next = scanner.peek();
  if (next === undefined || next === ",") return { path, operator: "present", value: "" };
  const operator = parseOperator(scanner);
  return { path, operator, value: parseValue(scanner, operator === "~=") };
}

function parsePath(scanner: Scanner): string[] {
  const path = [parseField(scanner)];
  while (scanner.peek() === ".") {
    scanner.next();
    path.push(parseField(scanner));
  }
  return path;
}

function parseField(scanner: Scanner): string {
  const token = scanner.next();
  if (token.kind === "field") return token.text;
  if (token.kind === "quoted") return textOf(scanner, token, false);
  throw scanner.error(token.at, "expected field or quoted");
}

function parseOperator(scanner: Scanner): Operator {
  const token = scanner.next();
  if (token.kind !== "operator") throw scanner.error(token.at, 'expected an operator ("=="|"!="|"~=")');
  if (!OPERATORS.includes(token.text))
    throw scanner.error(token.at, `unsupported operator ${JSON.stringify(token.text)}`);
  return token.text as Operator;
}

function parseValue(scanner: Scanner, isPattern: boolean): string {
  const token = scanner.next("value");
  if (token.kind === "value") return token.text;
  if (token.kind === "quoted") return textOf(scanner, token, isPattern);
  throw scanner.error(token.at, "expected value or quoted");
}

function textOf(scanner: Scanner, { at, text }: Token, isPattern: boolean): string {
  if (!isPattern && text[0] !== '"') throw scanner.error(at, "invalid quote encountered");
  const plain = unquote(text);
  if (plain === undefined) throw scanner.error(at, "an escape is none that is known");
  return plain;
}
