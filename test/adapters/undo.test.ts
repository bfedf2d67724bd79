/** Steps are taken back in reverse, and nothing that went wrong is lost. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { undoing } from "../../src/adapters/windows/undo.ts";
import { ErrorCode, ImageError } from "../../src/index.ts";
import { rejects } from "../fixtures/rejects.ts";

const undo = suite("undo");

const STEPS = ["one", "two", "three"];

/** Takes STEPS, of which `fails` fails, and so does to take back those in `stuck`. */
function attempt(did: string[], fails: string | undefined, stuck: readonly string[] = []): Promise<string> {
  return undoing("work", async (undo) => {
    for (const step of STEPS) {
      if (step === fails) throw new ImageError(ErrorCode.NotFound, `${step}: is not there`);
      did.push(step);
      undo.by(async () => {
        if (stuck.includes(step)) throw new Error(`${step} is stuck`);
        did.push(`not ${step}`);
      });
    }
    return "done";
  });
}

undo("leaves alone what succeeds", async () => {
  const did: string[] = [];
  assert.is(await attempt(did, undefined), "done");
  assert.equal(did, STEPS);
});

undo("takes back what was done before a failure, the last first", async () => {
  const did: string[] = [];
  const error = await rejects(attempt(did, "three"), ErrorCode.NotFound);
  assert.equal(did, ["one", "two", "not two", "not one"]);
  assert.is(error.message, "three: is not there");
  assert.is(error.cause, undefined);
});

undo("goes on where a step cannot be taken back, and says both", async () => {
  const did: string[] = [];
  const error = await rejects(attempt(did, "three", ["two", "one"]), ErrorCode.NotFound);
  assert.equal(did, ["one", "two"]);
  assert.is(
    error.message,
    "three: is not there; and what was done before could not be undone: two is stuck; one is stuck",
  );
  const { errors } = error.cause as AggregateError;
  assert.equal(
    errors.map(({ message }) => message),
    ["three: is not there", "two is stuck", "one is stuck"],
  );
});

undo("tells a step what could not be taken back before it", async () => {
  const heard: number[] = [];
  const work = undoing("work", async (undo) => {
    undo.by((failures) => heard.push(failures.length));
    undo.by(() => Promise.reject(new Error("is stuck")));
    undo.by((failures) => heard.push(failures.length));
    throw new Error("no");
  });
  await rejects(work, ErrorCode.FailedPrecondition);
  assert.equal(heard, [0, 1]);
});

undo("makes an error of ours of any other", async () => {
  const work = undoing("C:\\layer", async () => {
    throw Object.assign(new Error("busy"), { code: "EBUSY" });
  });
  assert.is((await rejects(work, ErrorCode.FailedPrecondition)).message, "C:\\layer: is in use");
});

undo.run();
