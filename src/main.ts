#!/usr/bin/env node
/** The CLI's entry. */
import { thisPlatform } from "./adapters/this-platform.ts";
import { runApplication } from "./host/cli/application.ts";
import { end } from "./host/cli/exit.ts";

end(await runApplication(process.argv.slice(2), thisPlatform()));
