/** `layerkiln doctor`: what it does. */
import { abilitiesOf } from "../abilities.ts";
import { ErrorCode, ImageError } from "../errors.ts";
import type { Ability } from "../platform.ts";
import type { Context } from "./context.ts";
import type { DoctorFlags } from "./doctor.ts";
import { UsageError } from "./exit.ts";
import { stdout } from "./output.ts";

export async function runDoctor(this: Context, { root, require = [], json }: DoctorFlags): Promise<void> {
  const abilities = await abilitiesOf(this.platform, root);
  const required = require.map((name) => find(name, abilities));
  stdout.write(json ? `${JSON.stringify(toJson(abilities), null, 2)}\n` : toText(abilities));
  const missing = required.find(({ isThere }) => !isThere);
  if (missing) throw new ImageError(ErrorCode.Unavailable, `${missing.name}: ${describe(missing)}`);
}

/** Whatever the case. */
function find(name: string, abilities: readonly Ability[]): Ability {
  const found = abilities.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const names = abilities.map((each) => each.name).join(", ");
  throw new UsageError(`--require: "${name}" is no ability of this machine; there are ${names}`);
}

function toText(abilities: readonly Ability[]): string {
  const width = Math.max(...abilities.map(({ name }) => name.length));
  return abilities
    .map((each) => `${each.name.padEnd(width)}  ${each.isThere ? "ok" : "no"}  ${describe(each)}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}

function describe({ isThere, found, advice }: Ability): string {
  return isThere || advice === undefined ? found : `${found}; ${advice}`;
}

function toJson(abilities: readonly Ability[]) {
  return {
    abilities: abilities.map(({ name, isThere, found, advice }) => ({
      name,
      ok: isThere,
      found,
      ...(!isThere && advice !== undefined && { advice }),
    })),
  };
}
