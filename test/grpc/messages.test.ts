/** Snapshots in messages: what the protocol can hold, and objects of JavaScript cannot. */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode } from "../../src/host/errors.ts";
import { ApplyRequest } from "../../src/host/grpc/messages/containerd/services/diff/v1/diff.ts";
import {
  Info as InfoMessage,
  UpdateSnapshotRequest,
} from "../../src/host/grpc/messages/containerd/services/snapshots/v1/snapshots.ts";
import { fromInfoMessage, fromTimestamp, toInfoMessage, toTimestamp } from "../../src/host/grpc/snapshot-messages.ts";
import type { Info, Kind } from "../../src/host/snapshots/snapshotter.ts";
import { rejects } from "../fixtures/rejects.ts";

const messages = suite("grpc: messages");

/** Bytes as another implementation writes them, so that we are not tested against ourselves alone. */
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

const anyString = fc.string({ unit: "grapheme" });
const anyTime = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 19n });
const fields = {
  name: anyString,
  parent: anyString,
  kind: fc.constantFrom<Kind>("view", "active", "committed"),
  labels: fc.array(fc.tuple(anyString, anyString)).map((pairs) => new Map([...pairs, ["__proto__", "a"]])),
  created: anyTime,
  updated: anyTime,
} as const;
const anyInfo: fc.Arbitrary<Info> = fc.record(fields, { noNullPrototype: true });

messages("hold every snapshot", () => {
  fc.assert(
    fc.property(anyInfo, (info) => {
      const bytes = InfoMessage.encode(toInfoMessage(info)).finish();
      assert.equal(fromInfoMessage(InfoMessage.decode(bytes)), info);
    }),
  );
});

for (const [why, time, seconds, nanos] of [
  ["the first moment", 0n, 0n, 0],
  ["a nanosecond", 1n, 0n, 1],
  ["the last before a second", 1_999_999_999n, 1n, 999_999_999],
  ["before 1970, counted forward", -1n, -1n, 999_999_999],
] as const) {
  messages(`time: ${why}`, () => {
    assert.equal(toTimestamp(time), { seconds, nanos });
    assert.is(fromTimestamp({ seconds, nanos }), time);
  });
}

messages("number the kinds as containerd does", () => {
  const info = { name: "a", parent: "", labels: new Map(), created: 0n, updated: 0n };
  const numbers = (["view", "active", "committed"] as const).map((kind) => toInfoMessage({ ...info, kind }).kind);
  assert.equal(numbers, [1, 2, 3]);
});

messages("of an unknown kind are refused", async () => {
  const message = InfoMessage.decode(hex("0a 01 61"));
  await rejects(
    Promise.resolve().then(() => fromInfoMessage(message)),
    ErrorCode.Unsupported,
  );
});

messages("tell a mask without paths from none", () => {
  assert.is(UpdateSnapshotRequest.decode(hex("12 03 0a 01 61")).updateMask, undefined);
  assert.equal(UpdateSnapshotRequest.decode(hex("12 03 0a 01 61 1a 00")).updateMask, []);
  assert.equal(UpdateSnapshotRequest.decode(hex("1a 0a 0a 08 6c 61 62 65 6c 73 2e 61")).updateMask, ["labels.a"]);
});

messages("read fields that they do not know, and go on", () => {
  // name = "a", then field 1000 with two bytes, then kind = 2
  assert.equal(fromInfoMessage(InfoMessage.decode(hex("0a 01 61 c2 3e 02 68 69 18 02"))), {
    name: "a",
    parent: "",
    kind: "active",
    labels: new Map(),
    created: 0n,
    updated: 0n,
  });
});

messages("carry payloads of any type", () => {
  // payloads = { "k": Any { type_url "t/x", value 01 02 } }, sync_fs = true
  const { payloads, syncFs } = ApplyRequest.decode(hex("1a 0e 0a 01 6b 12 09 0a 03 74 2f 78 12 02 01 02 20 01"));
  const { typeUrl, value } = payloads.get("k")!;
  assert.equal([typeUrl, [...value], syncFs], ["t/x", [1, 2], true]);
});

messages.run();
