/** Which of several images is meant: by name, by digest, by platform. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ErrorCode, type OpenContainerImageOptions, openContainerImage } from "../../src/index.ts";
import {
  asArchive,
  asFolder,
  Blobs,
  configOf,
  type Described,
  digestOf,
  type Json,
  layerOf,
  OCI,
  toJson,
} from "../fixtures/container-image.ts";
import { rejects } from "../fixtures/rejects.ts";

const choosing = suite("container images: choosing");

const REF = "org.opencontainers.image.ref.name";
const NAME = "io.containerd.image.name";
const named = (...names: string[]): Json => ({
  annotations: Object.fromEntries(names.map((name) => [name.includes("/") ? NAME : REF, name])),
});

const blobs = new Blobs();
/** An image whose one layer tells it from the others. */
const image = (what: string, more: Json = {}, config: Json = {}): Described =>
  blobs.image([layerOf(what)], config, more);
const platformOf = (text: string): Json => {
  const [os, architecture, variant, version] = text.split("/");
  return { os, architecture, ...(variant && { variant }), ...(version && { "os.version": version }) };
};
/** An image for a platform, as an index lists it. */
const built = (platform: string, more: Json = {}): Described =>
  image(platform, { platform: platformOf(platform), ...more }, platformOf(platform));

async function opens(roots: Described[], options: OpenContainerImageOptions, what: Described): Promise<void> {
  const files = blobs.layout(roots);
  for (const path of [asFolder(files), asArchive(files)]) {
    assert.is((await openContainerImage(path, options)).digest, what.digest);
  }
}

async function refused(roots: Described[], options: OpenContainerImageOptions, code: ErrorCode, ...said: string[]) {
  const { message } = await rejects(openContainerImage(asFolder(blobs.layout(roots)), options), code);
  for (const each of said) assert.match(message, each);
}

const amd64 = built("linux/amd64");
const arm64 = built("linux/arm64/v8");
const armV6 = built("linux/arm/v6");
const windows = [built("windows/amd64//10.0.17763.9"), built("windows/amd64//10.0.17763.10")];
const attestation = image("attestation", {
  platform: { os: "unknown", architecture: "unknown" },
  annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": amd64.digest },
});
const all = blobs.index([attestation, ...windows, armV6, arm64, amd64]);

const PLATFORMS: [platform: string, Described][] = [
  ["linux/amd64", amd64],
  ["linux/x86_64/v3", amd64],
  ["linux/arm64", arm64],
  ["linux/aarch64/v9", arm64],
  ["linux/arm/v7", armV6],
  ["windows/amd64", windows[1]!],
  ["windows/amd64,10.0.17763.9", windows[0]!],
];

for (const [platform, what] of PLATFORMS) {
  choosing(`${platform} of an index`, () => opens([all], { platform }, what));
  choosing(`${platform} of an index in an index`, () =>
    opens([blobs.index([blobs.index([]), all])], { platform }, what),
  );
  choosing(`${platform} of a layout that lists each`, () =>
    opens([attestation, ...windows, armV6, arm64, amd64], { platform }, what),
  );
}

choosing("without a platform it is this machine's", async () => {
  const mine = process.arch === "arm64" ? arm64 : amd64;
  await opens([all], {}, mine);
});

choosing("a platform that is not there is answered by those that are", () =>
  refused(
    [all],
    { platform: "linux/s390x" },
    ErrorCode.NotFound,
    "has no image for linux/s390x; there are windows/amd64,10.0.17763.9, windows/amd64,10.0.17763.10, linux/arm/v6, ",
  ),
);

choosing("a platform that is no platform is refused", () =>
  refused([all], { platform: "amd64" }, ErrorCode.InvalidArgument, '"amd64"'),
);

choosing("the one image is taken, for whatever it is built", () =>
  opens([built("plan9/mips")], {}, built("plan9/mips")),
);

choosing("the one image of an index is taken, with what is said of it beside it", () =>
  opens([blobs.index([attestation, windows[0]!])], {}, windows[0]!),
);

choosing("the one image is held against the platform that is asked for, by its configuration", async () => {
  const plain = image("single", {}, platformOf("linux/arm/v7"));
  await opens([plain], { platform: "linux/arm64" }, plain);
  await refused([plain], { platform: "linux/amd64" }, ErrorCode.NotFound, "there are linux/arm/v7");
});

choosing("a manifest that nobody says a platform of says it itself", async () => {
  const one = image("one", {}, platformOf("linux/arm64"));
  const other = image("other", {}, platformOf("linux/amd64"));
  await opens([blobs.index([one, other])], { platform: "linux/amd64" }, other);
});

choosing("of two in an index that fit alike the first is meant", () => {
  const first = image("first", { platform: platformOf("linux/amd64") });
  return opens([blobs.index([first, amd64])], { platform: "linux/amd64" }, first);
});

choosing("the better fit is meant, wherever it stands", () => {
  const old = built("linux/386");
  return opens([blobs.index([old, amd64])], { platform: "linux/amd64" }, amd64);
});

const one = image("named one", named("1.0", "docker.io/library/app:1.0"));
const two = image("named two", named("2.0", "registry.example:5000/team/app:2.0"));
const latest = image("named latest", named("docker.io/library/tool:latest"));

const REFERENCES: [reference: string, Described][] = [
  ["1.0", one],
  ["docker.io/library/app:1.0", one],
  ["app:1.0", one],
  ["library/app:1.0", one],
  ["registry.example:5000/team/app:2.0", two],
  ["tool", latest],
  ["tool:latest", latest],
  ["docker.io/tool", latest],
  ["index.docker.io/library/tool:latest", latest],
  [two.digest, two],
];

for (const [reference, what] of REFERENCES) {
  choosing(`${reference} names one of several`, () => opens([one, two, latest], { reference }, what));
}

choosing("without a name several are listed", () =>
  refused(
    [one, two, latest],
    {},
    ErrorCode.InvalidArgument,
    "docker.io/library/app:1.0, registry.example:5000/team/app:2.0, docker.io/library/tool:latest",
  ),
);

choosing("a name that is not there is answered by those that are", () =>
  refused(
    [one, two],
    { reference: "app" },
    ErrorCode.NotFound,
    "has no image app; there are docker.io/library/app:1.0",
  ),
);

choosing("a tag that several have names none of them", () => {
  const tools = ["arm64", "amd64"].map((architecture) =>
    image(`tool of ${architecture}`, named(`docker.io/library/${architecture}:new`, "new"), { architecture }),
  );
  return refused(
    tools,
    { reference: "new" },
    ErrorCode.InvalidArgument,
    "library/arm64:new, docker.io/library/amd64:new",
  );
});

choosing("one image by two names is one", async () => {
  const again = { ...one, ...named("docker.io/library/app:latest") };
  await opens([one, again], {}, one);
  await opens([one, again], { reference: "app" }, one);
});

choosing("an image may have as many names as an index lists", async () => {
  const tags = Array.from({ length: 9_999 }, (_, i) => ({ ...one, ...named(`app:${i}`) }));
  await opens(tags, { reference: "docker.io/library/app:9998" }, one);
  const twice = blobs.index([one, two]);
  const many = tags.map(({ annotations }) => ({ ...twice, annotations }));
  await refused(many, {}, ErrorCode.OutOfRange, "more than 20000 manifests are listed, by all their names");
});

choosing("a name that is none costs no more than its length", async () => {
  const name = `a/${":".repeat(300_000)}/`;
  await refused([{ ...one, ...named(name) }], {}, ErrorCode.OutOfRange, one.digest, "has 300003 characters");
  const layer = layerOf("layer");
  const files = new Map([
    ["c.json", toJson(configOf([layer]))],
    ["manifest.json", toJson([{ Config: "c.json", RepoTags: [name], Layers: ["l.tar"] }])],
  ]);
  await rejects(openContainerImage(asFolder(files), { reference: "app" }), ErrorCode.NotFound);
});

choosing("one name may stand for several platforms", () =>
  opens(
    [
      { ...arm64, ...named("x") },
      { ...amd64, ...named("x") },
    ],
    { platform: "linux/arm64" },
    arm64,
  ),
);

choosing("a name and a platform choose together", () =>
  opens([{ ...all, ...named("many") }, one], { reference: "many", platform: "linux/arm/v7" }, armV6),
);

choosing("an index is chosen by its digest, and a manifest in it by its own", async () => {
  await opens([all, one], { reference: all.digest, platform: "linux/arm64" }, arm64);
  await opens([all, one], { reference: armV6.digest }, armV6);
});

choosing("two images without names are not told apart", () =>
  refused([image("a"), image("b")], {}, ErrorCode.InvalidArgument, "several images for linux/"),
);

const artifact = (more: Json = {}): Described =>
  blobs.manifest(blobs.keepJson("application/vnd.example.config", {}), [], more);

choosing("what is no image is never taken for one that is asked for", async () => {
  await opens([artifact({ artifactType: "application/vnd.example" }), amd64], {}, amd64);
  await opens([artifact(), amd64], { platform: "linux/amd64" }, amd64);
});

choosing("an artifact alone is answered by what it is", () =>
  refused(
    [artifact({ artifactType: "text/x" })],
    {},
    ErrorCode.Unsupported,
    "artifact, not of an image",
    "vnd.example",
  ),
);

choosing("what is listed and not there matters only to who asks for it", async () => {
  const absent = { ...amd64, digest: digestOf(Buffer.from("absent")), platform: platformOf("linux/riscv64") };
  await opens([blobs.index([absent, amd64, arm64])], { platform: "linux/arm64" }, arm64);
  await refused([absent, amd64], { platform: "linux/riscv64" }, ErrorCode.NotFound, absent.digest);
});

choosing("an empty index has no image", () => refused([blobs.index([])], {}, ErrorCode.NotFound, "no image"));

choosing("of a docker-archive one is chosen by its names and its platform", async () => {
  const layer = layerOf("layer");
  const files = new Map([["l.tar", layer]]);
  const listed = ["linux/amd64", "linux/arm64"].map((platform, i) => {
    files.set(`${i}.json`, toJson(configOf([layer], platformOf(platform))));
    return { Config: `${i}.json`, RepoTags: [`app:${i}`, `alias/${i}:x`], Layers: ["l.tar"] };
  });
  const path = asArchive(new Map([...files, ["manifest.json", toJson(listed)]]));
  const first = digestOf(files.get("0.json")!);
  assert.is((await openContainerImage(path, { reference: "app:0" })).digest, first);
  assert.is((await openContainerImage(path, { reference: "docker.io/alias/0:x" })).digest, first);
  assert.is((await openContainerImage(path, { reference: "app:0", platform: "linux/amd64" })).digest, first);
  await rejects(openContainerImage(path, { reference: "app:0", platform: "linux/arm64" }), ErrorCode.NotFound);
  const { message } = await rejects(openContainerImage(path), ErrorCode.InvalidArgument);
  assert.match(message, "app:0, app:1");
});

choosing("each nested index is read once, however often it is listed", async () => {
  let inner = blobs.index([amd64]);
  for (let depth = 0; depth < 5; depth++)
    inner = blobs.index(Array.from({ length: 1000 }, (_, i) => ({ ...inner, annotations: { i: String(i) } })));
  await opens([inner], {}, amd64);
});

choosing("what is listed is bounded, in however many indexes it is", async () => {
  const inner = blobs.index(Array.from({ length: 9000 }, (_, i) => ({ ...amd64, annotations: { i: String(i) } })));
  const outer = [amd64, arm64, armV6].map((other) => blobs.index([inner, other]));
  await refused(outer, {}, ErrorCode.OutOfRange, "more than 20000 manifests");
});

choosing("indexes in one another are bounded", async () => {
  let inner = blobs.index([amd64]);
  for (let depth = 0; depth < 10; depth++) inner = blobs.index([inner]);
  await refused([inner], {}, ErrorCode.OutOfRange, "within 8 others");
});

choosing("an index that claims to hold itself is not the one that its digest names", async () => {
  const digest = `sha256:${"5".repeat(64)}`;
  const self = { mediaType: `${OCI}.index.v1+json`, digest, size: 0 };
  const text = () => toJson({ schemaVersion: 2, manifests: [self] });
  self.size = text().length;
  self.size = text().length;
  const files = blobs.layout([self]);
  files.set(`blobs/${digest.replace(":", "/")}`, text());
  const { message } = await rejects(openContainerImage(asFolder(files)), ErrorCode.Corrupt);
  assert.match(message, digest);
});

choosing.run();
