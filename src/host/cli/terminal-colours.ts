/** Colours of a terminal, where it has them and is wanted to show them. */
import type { Output } from "./output.ts";

export type Colours = "none" | "256" | "true";

/**
 * @param environment  NO_COLOR (https://no-color.org), COLORTERM and TERM are looked at
 */
export function coloursOf(terminal: Output, environment: NodeJS.ProcessEnv): Colours {
  const { NO_COLOR, COLORTERM = "", TERM = "" } = environment;
  if (!terminal.isTerminal || NO_COLOR || TERM === "dumb") return "none";
  if (/^(truecolor|24bit)$/.test(COLORTERM) || TERM.endsWith("-direct")) return "true";
  return TERM.includes("256color") ? "256" : "none";
}

export const RESET = "\x1b[0m";

/** What makes the ground of the letters that follow a colour. @param colour  `#rrggbb`; @param ink  theirs */
export function onGround(colour: string, ink: string, colours: Exclude<Colours, "none">): string {
  const code = (which: 38 | 48, hex: string) => {
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [
      number,
      number,
      number,
    ];
    if (colours === "true") return `${which};2;${red};${green};${blue}`;
    return `${which};5;${16 + 36 * step(red) + 6 * step(green) + step(blue)}`;
  };
  return `\x1b[${code(38, ink)};${code(48, colour)}m`;
}

/** Which of the six steps of xterm's colour cube is nearest. */
function step(value: number): number {
  return value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40);
}
