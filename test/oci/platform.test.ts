/** Platforms: how they are written, and what runs on what. As containerd has it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatPlatform, parsePlatform, rankOn } from "../../src/host/oci/image-platform.ts";
import { ErrorCode } from "../../src/index.ts";
import { refuses } from "../fixtures/refuses.ts";

const platforms = suite("container images: platforms");

const WRITTEN: [text: string, normal: string][] = [
  ["linux/amd64", "linux/amd64"],
  ["Linux/X86_64", "linux/amd64"],
  ["linux/x86-64/v1", "linux/amd64"],
  ["linux/amd64/v3", "linux/amd64/v3"],
  ["linux/i386", "linux/386"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/arm64/8", "linux/arm64"],
  ["linux/arm64/v9.2", "linux/arm64/v9.2"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/arm/6", "linux/arm/v6"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/armel", "linux/arm/v6"],
  ["macos/arm64", "darwin/arm64"],
  ["linux/riscv64", "linux/riscv64"],
  ["windows/amd64,10.0.17763", "windows/amd64,10.0.17763"],
];

for (const [text, normal] of WRITTEN) {
  platforms(`${text} is ${normal}`, () => assert.is(formatPlatform(parsePlatform(text)), normal));
}

for (const text of [
  "",
  "linux",
  "linux/",
  "/amd64",
  "linux/amd64/v3/x",
  "linux amd64",
  "linux/amd64,",
  "linux/arm64\n",
]) {
  platforms(`${JSON.stringify(text)} is none`, () =>
    refuses(() => parsePlatform(text), ErrorCode.InvalidArgument, /not of the form/),
  );
}

/** What a machine runs, the best first. */
const RUNS: [machine: string, images: string[]][] = [
  ["linux/amd64", ["linux/amd64", "linux/386"]],
  ["linux/amd64/v3", ["linux/amd64/v3", "linux/amd64/v2", "linux/amd64", "linux/386"]],
  ["linux/386", ["linux/386"]],
  ["linux/arm64", ["linux/arm64", "linux/arm/v8", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]],
  ["linux/arm64/v8.1", ["linux/arm64/v8.1", "linux/arm64", "linux/arm/v8"]],
  ["linux/arm64/v9.1", ["linux/arm64/v9.1", "linux/arm64/v9", "linux/arm64/v8.6", "linux/arm64/v8.5", "linux/arm64"]],
  ["linux/arm/v7", ["linux/arm/v7", "linux/arm/v6", "linux/arm/v5"]],
  ["linux/arm", ["linux/arm", "linux/arm/v6"]],
  ["linux/arm/v6", ["linux/arm/v6", "linux/arm/v5"]],
  ["linux/s390x", ["linux/s390x"]],
  ["linux/amd64/strange", ["linux/amd64/strange", "linux/386"]],
  ["windows/amd64,10.0.17763", ["windows/amd64,10.0.17763.1234"]],
];

for (const [machine, images] of RUNS) {
  platforms(`${machine} runs ${images.join(", then ")}`, () => {
    const ranks = images.map((image) => rankOn(parsePlatform(machine), parsePlatform(image)));
    assert.ok(
      ranks.every((rank, i) => rank !== undefined && (i === 0 ? rank === 0 : rank > ranks[i - 1]!)),
      ranks.join(),
    );
  });
}

const RUNS_NOT: [machine: string, image: string][] = [
  ["linux/amd64", "linux/arm64"],
  ["linux/amd64", "windows/amd64"],
  ["linux/amd64", "linux/amd64/v2"],
  ["linux/386", "linux/amd64"],
  ["linux/arm/v6", "linux/arm/v7"],
  ["linux/arm64", "linux/arm64/v8.1"],
  ["linux/arm64/v8.5", "linux/arm64/v9"],
  ["windows/amd64,10.0.17763", "windows/amd64,10.0.177631"],
  ["windows/amd64,10.0.17763", "windows/amd64"],
];

for (const [machine, image] of RUNS_NOT) {
  platforms(`${machine} does not run ${image}`, () =>
    assert.is(rankOn(parsePlatform(machine), parsePlatform(image)), undefined),
  );
}

platforms.run();
