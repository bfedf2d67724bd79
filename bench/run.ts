/** Measures layerkiln on each input, beside a yardstick, and prints what came out. */
import { isInstalled, killCommands } from "./command.ts";
import { few } from "./inputs/few.ts";
import { nodeModules } from "./inputs/node-modules.ts";
import { rootfs } from "./inputs/rootfs.ts";
import { oneDirectory, tiny } from "./inputs/tiny.ts";
import { describeMachine } from "./machine.ts";
import { chooseMeter } from "./meter.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { compareDirectories, type InputResult, toRows } from "./results.ts";
import { measureInRounds } from "./rounds.ts";
import { say } from "./say.ts";
import { type Run, toMarkdown } from "./table.ts";
import { mke2fsReadsTars, toolsFor } from "./tools.ts";
import { Workplace } from "./workplace.ts";

const RECIPES = [rootfs, nodeModules, few, tiny, oneDirectory];

async function run({ only, runs, dir, cache, keep, tar2ext4 }: Options): Promise<Run> {
  const workplace = new Workplace(dir, keep);
  process.on("exit", () => {
    killCommands();
    workplace.close();
  });
  const recipes = RECIPES.filter(({ name }) => only.includes(name));
  workplace.checkRoom(recipes);

  const { output, report } = workplace;
  const meter = chooseMeter(report);
  const results: InputResult[] = [];
  for (const recipe of recipes) {
    const input = await workplace.take(recipe, cache);
    const withMke2fs = mke2fsReadsTars(input.empty, output);
    const tools = toolsFor(input, output, { tar2ext4, withMke2fs, withZstd: isInstalled("zstd") });
    const measured = await measureInRounds(tools, runs, { meter, output, label: input.name });
    results.push({ input, rows: toRows(measured) });
    workplace.drop(input);
  }
  return { date: new Date().toISOString(), machine: describeMachine(), runs, meter: meter.name, results };
}

for (const [signal, number] of [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const) {
  process.on(signal, () => process.exit(128 + number)); // by way of the listener that tidies up
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
  } else {
    const done = await run(options);
    const json = () => `${JSON.stringify({ ...done, directories: compareDirectories(done.results) }, null, 2)}\n`;
    process.stdout.write(options.json ? json() : toMarkdown(done));
  }
} catch (error) {
  say(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
