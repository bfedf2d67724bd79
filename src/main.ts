#!/usr/bin/env node
/** The CLI's entry. */
import { thisPlatform } from "./adapters/this-platform.ts";
import { runApplication } from "./host/cli/application.ts";
import { begin, end } from "./host/cli/exit.ts";

begin();
runApplication(process.argv.slice(2), thisPlatform()).then(end);
