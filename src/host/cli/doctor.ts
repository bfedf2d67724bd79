/** `layerkiln doctor`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface DoctorFlags {
  readonly root?: string;
  readonly require?: readonly string[];
  readonly json?: boolean;
}

const DESCRIPTION = `Says what layerkiln can do on this machine: a line for each ability, with what was found, and where it is not there, what
to do about it. It only looks: nothing is mounted, loaded into the kernel, or written.

EXAMPLES
  layerkiln doctor
  layerkiln doctor --require overlay --require loop
  layerkiln doctor --root C:\\layers --json

EXIT CODES
  0 said, and all that is required is there; 2 wrong usage, 4 something that is required is not there`;

export const doctor = buildCommand<DoctorFlags, [], Context>({
  loader: async () => (await import("./doctor-run.ts")).runDoctor,
  parameters: {
    flags: {
      root: {
        kind: "parsed",
        brief: "The directory that layers are to be kept in: is its volume right?",
        placeholder: "DIR",
        parse: String,
        optional: true,
      },
      require: {
        kind: "parsed",
        brief: "An ability that must be there, by its name",
        placeholder: "ABILITY",
        parse: String,
        variadic: true,
        optional: true,
      },
      json: flag("Print one JSON document"),
    },
  },
  docs: { brief: "Say what this machine can do", fullDescription: DESCRIPTION },
});
