/** Who we are to registries: tokens and passwords, and where they must not go. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { credentialsIn } from "../../src/host/registry/credentials.ts";
import { ErrorCode, type PullOptions, type PullResult, pullImage } from "../../src/index.ts";
import { openssl } from "../fixtures/certificate.ts";
import { answerWith, MeddlingServer } from "../fixtures/meddling-server.ts";
import { imageOf, layerOf, Pusher } from "../fixtures/registry-image.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFile, scratchFolder, scratchPath } from "../fixtures/scratch.ts";
import { SERVICE, TokenServer } from "../fixtures/token-server.ts";
import { DockerRegistry, dockerRegistry } from "../oracles/docker-registry.ts";
import { present } from "../oracles/oracle.ts";

const SMALL = layerOf(5000);
const LARGE = layerOf(300_000);
const IMAGE = imageOf([SMALL, LARGE]);

const USER = { username: "ann", password: "a secret" };
const BASIC = `Basic ${Buffer.from("ann:a secret").toString("base64")}`;

/** Of that password, by bcrypt. */
const HTPASSWD = "ann:$2b$04$bvqy6mb0BlaN/T7PhkhB4eUh7uRLdwM9ZYmkFuOQcguxZu2rza5wq\n";

interface Scene {
  registry: DockerRegistry;
  front: MeddlingServer;
  variables: NodeJS.ProcessEnv;
}

const RETRY = { tries: 2, firstPauseMs: 1 };

const pull = ({ front }: Scene, options: PullOptions = {}, name = "a/b:1"): Promise<PullResult> =>
  pullImage(`${front.address}/${name}`, scratchPath("layout"), { retry: RETRY, ...options });

/** Both suites: who runs the tests has no credentials of their own, and the registry has something before it. */
function prepare(test: ReturnType<typeof suite<Scene>>): void {
  test.before.each(async (scene) => {
    scene.variables = { ...process.env };
    const home = scratchFolder();
    for (const name of ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"]) delete process.env[name];
    Object.assign(process.env, { HOME: home, DOCKER_CONFIG: home });
    scene.front = await MeddlingServer.start(scene.registry.url);
  });
  test.after.each(async ({ front, variables }) => {
    await front.end();
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
  });
}

/** As docker and podman keep them. */
function keep(file: string, content: object): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
}

const configFile = () => join(process.env.DOCKER_CONFIG!, "config.json");
const auth = Buffer.from("ann:a secret").toString("base64");

const basic = suite<Scene>("registry: passwords");

if (present(dockerRegistry, basic)) {
  basic.before(async (scene) => {
    const path = scratchFile("htpasswd", Buffer.from(HTPASSWD));
    scene.registry = await DockerRegistry.start({ auth: { htpasswd: { realm: "r", path } } });
    await new Pusher(`${scene.registry.url}/v2/a/b`, { Authorization: BASIC }).image(IMAGE, "1");
  });
  basic.after(({ registry }) => registry.end());
  prepare(basic);

  basic("are asked for where none are known", async (scene) => {
    const error = await rejects(pull(scene), ErrorCode.PermissionDenied);
    assert.is(error.message, `${scene.front.address}: asks for a name and a password, and none are known for it`);
  });

  basic("go with each request once they were asked for", async (scene) => {
    await pull(scene, { credentials: USER });
    const [first, ...others] = scene.front.seen.map(({ headers }) => headers.authorization);
    assert.is(first, undefined, "nobody had asked yet");
    assert.equal(new Set(others), new Set([BASIC]));
  });

  basic("that are wrong are refused once, and not shown", async (scene) => {
    const credentials = { username: "ann", password: "wrong one" };
    const error = await rejects(pull(scene, { credentials }), ErrorCode.PermissionDenied);
    assert.match(error.message, /manifest 1: 401 Unauthorized: UNAUTHORIZED: authentication required$/);
    assert.is(scene.front.seen.length, 2);
  });

  const places: [where: string, file: () => string, content: (host: string) => object][] = [
    ["docker keeps them", configFile, (host) => ({ auths: { "elsewhere:1": { auth: "eDp5" }, [host]: { auth } } })],
    ["docker of long ago kept them", configFile, (host) => ({ auths: { [`https://${host}/v1/`]: { auth } } })],
    [
      "podman keeps them, for a part of the registry",
      () => {
        process.env.XDG_RUNTIME_DIR = scratchFolder();
        return join(process.env.XDG_RUNTIME_DIR, "containers/auth.json");
      },
      (host) => ({ auths: { [host]: { auth: "eDp5" }, [`${host}/a`]: { auth } } }),
    ],
    [
      "REGISTRY_AUTH_FILE says",
      () => {
        keep(configFile(), { auths: "never looked at" });
        process.env.REGISTRY_AUTH_FILE = scratchPath("auth.json");
        return process.env.REGISTRY_AUTH_FILE;
      },
      (host) => ({ auths: { [host]: { username: "ann", password: "a secret" } } }),
    ],
  ];
  for (const [where, file, content] of places) {
    basic(`are found where ${where}`, async (scene) => {
      keep(file(), content(scene.front.address));
      await pull(scene);
    });
  }

  basic("of Docker Hub are found under the name that docker gives it", async () => {
    keep(configFile(), { auths: { "https://index.docker.io/v1/": { auth } } });
    assert.equal(await credentialsIn(process.env)("docker.io", "library/alpine"), USER);
    assert.is(await credentialsIn(process.env)("docker.io.example", "library/alpine"), undefined);
  });

  basic("that no entry can hold are Corrupt, and not shown", async (scene) => {
    for (const entry of [{ auth: 5318008 }, { auth: "5318008" }, { username: "ann", password: 5318008 }]) {
      keep(configFile(), { auths: { [scene.front.address]: entry } });
      const error = await rejects(pull(scene), ErrorCode.Corrupt);
      assert.not.match(error.message, "5318008");
    }
    writeFileSync(configFile(), "5318008!");
    assert.not.match((await rejects(pull(scene), ErrorCode.Corrupt)).message, "5318008");
  });

  /** A program that answers so, in the PATH. */
  function installHelper(script: string): void {
    const folder = scratchFolder();
    const path = join(folder, "docker-credential-test");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    process.env.PATH = `${folder}${delimiter}${process.env.PATH}`;
  }

  for (const [what, config] of [
    ["credsStore", () => ({ credsStore: "test" })],
    ["credHelpers", (host: string) => ({ credsStore: "none", credHelpers: { [host]: "test" } })],
  ] as const) {
    basic(`are asked of the program in ${what}`, async (scene) => {
      installHelper(
        `read -r host; echo "{\\"Username\\":\\"ann\\",\\"Secret\\":\\"a secret\\",\\"ServerURL\\":\\"$host\\"}"`,
      );
      keep(configFile(), config(scene.front.address));
      await pull(scene);
    });
  }

  basic("of a program that knows none, or fails, or is not there", async (scene) => {
    keep(configFile(), { credsStore: "test", auths: { [scene.front.address]: { auth } } });
    installHelper("echo credentials not found in native keychain; exit 1");
    await pull(scene); // what stands in the file counts then
    installHelper("echo 5318008; exit 1");
    const failed = await rejects(pull(scene), ErrorCode.FailedPrecondition);
    assert.is(failed.message, `docker-credential-test: fails with 1 for ${scene.front.address}`);
    installHelper('echo "{\\"Username\\":1,\\"Secret\\":5318008}"');
    assert.not.match((await rejects(pull(scene), ErrorCode.Corrupt)).message, "5318008");
    const start = performance.now();
    installHelper("sleep 60 2>&- & head -c 2000000 /dev/zero; wait");
    const killed = await rejects(pull(scene), ErrorCode.FailedPrecondition);
    assert.match(killed.message, "fails with SIGTERM");
    assert.ok(performance.now() - start < 60_000, "what it has begun is not waited for");
    keep(configFile(), { credsStore: "none" });
    await rejects(pull(scene), ErrorCode.Unavailable);
    keep(configFile(), { credsStore: "../../bin/sh" });
    await rejects(pull(scene), ErrorCode.Corrupt);
  });
}

basic.run();

const tokens = suite<Scene & { tokens: TokenServer }>("registry: tokens");

if (present(dockerRegistry, tokens as never) && present(openssl, tokens as never)) {
  tokens.before(async (scene) => {
    scene.tokens = await TokenServer.start();
    scene.registry = await DockerRegistry.start({ auth: scene.tokens.auth });
    const token = scene.tokens.tokenFor(["repository:a/b:push,pull"]);
    await new Pusher(`${scene.registry.url}/v2/a/b`, { Authorization: `Bearer ${token}` }).image(IMAGE, "1");
  });
  tokens.after(async ({ registry, tokens: server }) => {
    await registry.end();
    await server.end();
  });
  prepare(tokens as never);
  tokens.before.each(({ tokens: server }) => {
    server.asked.length = 0;
    server.answer = undefined;
    server.expiresIn = 300;
  });

  const challenged = (scene: { tokens: TokenServer }) =>
    answerWith(401, {
      "WWW-Authenticate": `Bearer realm="${scene.tokens.realm}",service="${SERVICE}",scope="repository:a/b:pull"`,
    });

  tokens("are asked for once, for nobody in particular", async (scene) => {
    await pull(scene);
    assert.is(scene.tokens.asked.length, 1);
    const [{ method, query, authorization }] = scene.tokens.asked as [(typeof scene.tokens.asked)[0]];
    assert.equal([method, query.get("service"), query.get("scope")], ["GET", SERVICE, "repository:a/b:pull"]);
    assert.is(authorization, undefined);
  });

  tokens("are asked for with the password, which the registry itself never sees", async (scene) => {
    await pull(scene, { credentials: USER });
    assert.equal(
      scene.tokens.asked.map(({ authorization, query }) => [authorization, query.get("account")]),
      [[BASIC, "ann"]],
    );
    for (const { headers } of scene.front.seen) assert.not.match(headers.authorization ?? "", "Basic");
  });

  tokens("are asked for with a token of longer life, where docker keeps one", async (scene) => {
    keep(configFile(), { auths: { [scene.front.address]: { identitytoken: "long life" } } });
    await pull(scene);
    const [{ method, query, authorization }] = scene.tokens.asked as [(typeof scene.tokens.asked)[0]];
    assert.is(method, "POST");
    assert.is(authorization, undefined);
    assert.equal(Object.fromEntries(query), {
      service: SERVICE,
      scope: "repository:a/b:pull",
      grant_type: "refresh_token",
      client_id: "layerkiln",
      refresh_token: "long life",
    });
  });

  tokens("that have ended are replaced before they are used", async (scene) => {
    scene.tokens.expiresIn = 0;
    await pull(scene);
    // Requests that are under way together share one.
    assert.ok(scene.tokens.asked.length >= 2, String(scene.tokens.asked.length));
    assert.is(scene.front.seen.filter(({ headers }) => headers.authorization === undefined).length, 1);
  });

  tokens("that are refused in the middle are replaced once", async (scene) => {
    scene.front.on(new RegExp(LARGE.digest), challenged(scene));
    await pull(scene);
    assert.is(scene.tokens.asked.length, 2);
    scene.front.on(new RegExp(LARGE.digest), challenged(scene), 9);
    scene.front.seen.length = 0;
    await rejects(pull(scene), ErrorCode.PermissionDenied);
    assert.is(scene.front.asked(new RegExp(LARGE.digest)).length, 2);
  });

  tokens("and passwords do not follow to another server", async (scene) => {
    const elsewhere = await MeddlingServer.start(scene.registry.url);
    const place = `${elsewhere.url}/somewhere?signature=key`;
    scene.front.on(new RegExp(LARGE.digest), answerWith(307, { Location: place }), 9);
    elsewhere.on(/./, answerWith(200, {}, LARGE.bytes));
    await pull(scene, { credentials: USER });
    assert.equal(
      elsewhere.seen.map(({ path, headers }) => [path, headers.authorization]),
      [["/somewhere?signature=key", undefined]],
    );

    elsewhere.on(/./, answerWith(401, { "WWW-Authenticate": 'Basic realm="give it to me"' }));
    scene.tokens.asked.length = 0;
    const error = await rejects(pull(scene, { credentials: USER }), ErrorCode.PermissionDenied);
    assert.match(error.message, `blob ${LARGE.digest}: 401`);
    assert.is(elsewhere.seen.length, 2);
    assert.is(scene.tokens.asked.length, 1);
    await elsewhere.end();
  });

  tokens("stay within the server where it redirects to itself", async (scene) => {
    const path = `/v2/a/b/blobs/${LARGE.digest}`;
    scene.front.on(new RegExp(LARGE.digest), answerWith(302, { Location: `${path}?again` }));
    await pull(scene);
    assert.match(scene.front.asked(/again/)[0]!.headers.authorization!, /^Bearer /);
  });

  tokens("redirects that lead nowhere are refused", async (scene) => {
    scene.front.on(/manifests/, answerWith(307, { Location: "/v2/a/b/manifests/1" }), 99);
    const error = await rejects(pull(scene), ErrorCode.FailedPrecondition);
    assert.match(error.message, "redirects more than 10 times");
    assert.is(scene.front.seen.length, 11);
    for (const location of ["file:///etc/passwd", "http://", "data:,x"]) {
      const front = await MeddlingServer.start(scene.registry.url);
      front.on(/manifests/, answerWith(307, { Location: location }));
      await rejects(pull({ ...scene, front }), ErrorCode.FailedPrecondition);
      await front.end();
    }
  });

  const bad: [what: string, answer: object][] = [
    ["no token", { expires_in: 5 }],
    ["a token that is no string", { token: 5318008 }],
    ["a token that is no header", { token: "5318008\r\nHost: elsewhere" }],
    ["an end that is no number", { token: "5318008", expires_in: "soon" }],
  ];
  for (const [what, answer] of bad) {
    tokens(`an answer with ${what} is Corrupt, and not shown`, async (scene) => {
      scene.tokens.answer = answer;
      const error = await rejects(pull(scene), ErrorCode.Corrupt);
      assert.match(error.message, `token from ${scene.tokens.realm}`);
      assert.not.match(error.message, "5318008");
    });
  }

  tokens("a realm that is none is Corrupt", async (scene) => {
    scene.front.on(/manifests/, answerWith(401, { "WWW-Authenticate": 'Bearer realm="nowhere"' }));
    await rejects(pull(scene), ErrorCode.Corrupt);
  });
}

tokens.run();
