/** The process of one file of tests: node one-file.js FILE */
import { run } from "uvu/run";

const file = process.argv[2]!;
await run([{ name: "", file }]);
