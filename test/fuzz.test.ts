/** Damaged layers end in an image or in an ImageError that is not Internal. For longer: fuzz/run.ts. */
import { run, trialOf } from "./fuzz/trial.ts";
import { testTrials } from "./fuzz/trials.ts";

testTrials("fuzz", 16, 250, (number) => run(trialOf(number)));
