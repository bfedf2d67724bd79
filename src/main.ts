#!/usr/bin/env node
/** The CLI's entry. */
import { thisPlatform } from "./adapters/this-platform.ts";
import { runApplication } from "./host/cli/application.ts";
import { tuneEngine } from "./host/cli/engine.ts";
import { begin, end } from "./host/cli/exit.ts";

begin();
tuneEngine();
runApplication(process.argv.slice(2), thisPlatform()).then(end);
