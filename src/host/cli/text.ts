/** What `layerkiln` says of a mistake: its name, and what to put right. */
import {
  type ApplicationText,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  text_en,
} from "@stricli/core";
import { describeError } from "./exit.ts";

export const NAME = "layerkiln";

export const text: ApplicationText = {
  ...text_en,
  noCommandRegisteredForInput: ({ input, corrections }) =>
    `${NAME}: "${input}" is not a command${suggest(corrections)}`,
  exceptionWhileParsingArguments: (error) => `${NAME}: ${describeMistake(error)}`,
  exceptionWhileRunningCommand: (error) => `${NAME}: ${describeError(error)}`,
};

/** What is wrong with an argument. */
function describeMistake(error: unknown): string {
  if (!(error instanceof ArgumentScannerError)) return describeError(error);
  return formatMessageForArgumentScannerError(error, {
    FlagNotFoundError: ({ input, corrections }) =>
      `--${input} is not a flag${suggest(corrections.map((name) => `--${name}`))}`,
    AliasNotFoundError: ({ input }) => `-${input} is not a flag`,
    UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} and its value are missing`,
    UnsatisfiedPositionalError: ({ placeholder }) => `${placeholder} is missing`,
    UnexpectedPositionalError: ({ input }) => `"${input}" is an argument too many`,
    UnexpectedFlagError: ({ externalFlagName, previousInput, input }) =>
      `--${externalFlagName} is given twice: "${previousInput}" and "${input}"`,
    ArgumentParseError: ({ externalFlagNameOrPlaceholder: name, input, exception }) =>
      `--${name}: "${input}" ${exception instanceof Error ? exception.message : exception}`,
    EnumValidationError: ({ externalFlagName, input, values }) =>
      `--${externalFlagName}: "${input}" is none of ${values.join(", ")}`,
  });
}

function suggest(corrections: readonly string[]): string {
  return corrections.length > 0 ? `; did you mean ${corrections.join(" or ")}?` : "";
}
