/** Layers over one another, some damaged, end in a sound image or in an ImageError that is not Internal. For longer: fuzz/run-stacks.ts. */
import { runStack, stackTrialOf } from "./fuzz/stack-trial.ts";
import { testTrials } from "./fuzz/trials.ts";

testTrials("fuzz: stacks", 4, 100, (number) => runStack(stackTrialOf(number)));
