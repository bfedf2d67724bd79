/** Tells whoever waits how far the run is. Results go to standard output, all else here. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
