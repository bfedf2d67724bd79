/** HTTPS, and proxies in between. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Certificate, makeCertificate, openssl } from "../fixtures/certificate.ts";
import { answerWith, MeddlingServer } from "../fixtures/meddling-server.ts";
import { ARCHITECTURE } from "../fixtures/oci-image.ts";
import { imageOf, layerOf, Pusher } from "../fixtures/registry-image.ts";
import { runPull } from "../fixtures/run-pull.ts";
import { scratchPath } from "../fixtures/scratch.ts";
import { DockerRegistry, dockerRegistry } from "../oracles/docker-registry.ts";
import { present } from "../oracles/oracle.ts";

const IMAGE = imageOf([layerOf(5000), layerOf(300_000)], { architecture: ARCHITECTURE });
const USER = Buffer.from("proxy:a secret").toString("base64");

/** A proxy that leads everywhere to one server, whatever it is called. */
class ProxyServer {
  readonly seen: { method: string; url: string; authorization: string | undefined }[] = [];

  private constructor(private readonly server: Server) {}

  static async start(target: string, status = 200): Promise<ProxyServer> {
    const server = createServer();
    const proxy = new ProxyServer(server);
    const { hostname, port } = new URL(target);
    const see = ({ method = "", url = "", headers }: IncomingMessage) =>
      proxy.seen.push({ method, url, authorization: headers["proxy-authorization"] });
    server.on("connect", (asked: IncomingMessage, socket: Socket) => {
      see(asked);
      socket.write(`HTTP/1.1 ${status} So it is\r\n\r\n`);
      if (status !== 200) return socket.end();
      const through = connect(Number(port), hostname);
      for (const end of [socket, through]) end.on("error", () => {});
      socket.on("close", () => through.destroy()); // else the other waits for two minutes to be greeted
      socket.pipe(through).pipe(socket);
      return undefined;
    });
    server.on("request", (asked, answer) => {
      see(asked);
      const passed = request(new URL(new URL(asked.url!).pathname, target), { headers: asked.headers }, (response) => {
        answer.writeHead(response.statusCode!, response.headers);
        response.pipe(answer);
      });
      passed.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://proxy:a%20secret@127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  end(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

interface Scene {
  registry: DockerRegistry;
  certificate: Certificate;
  front: MeddlingServer;
  proxy: ProxyServer;
}

const test = suite<Scene>("layerkiln pull: HTTPS and proxies");

if (present(dockerRegistry, test) && present(openssl, test)) {
  test.before(async (scene) => {
    scene.registry = await DockerRegistry.start();
    scene.certificate = makeCertificate();
    await new Pusher(`${scene.registry.url}/v2/a/b`).image(IMAGE, "1");
  });
  test.after(({ registry }) => registry.end());
  test.before.each(async (scene) => {
    const [key, cert] = [scene.certificate.key, scene.certificate.certificate].map((path) => readFileSync(path));
    scene.front = await MeddlingServer.start(scene.registry.url, { key: key!, cert: cert! });
    scene.proxy = await ProxyServer.start(scene.front.url.replace("http:", "https:"));
  });
  test.after.each(async ({ front, proxy }) => {
    proxy.end();
    await front.end();
  });

  const trusting = ({ certificate, proxy }: Scene) => ({
    NODE_EXTRA_CA_CERTS: certificate.certificate,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: "",
  });

  test("a registry is spoken with by HTTPS, through a proxy that learns its name alone", async (scene) => {
    const { status, stderr, stdout } = await runPull(["registry.test/a/b:1", scratchPath("layout")], trusting(scene));
    assert.is(status, 0, stderr);
    assert.match(stdout, IMAGE.digest);
    for (const seen of scene.proxy.seen) {
      assert.equal(seen, { method: "CONNECT", url: "registry.test:443", authorization: `Basic ${USER}` });
    }
    assert.ok(scene.proxy.seen.length >= 1);
    for (const { headers } of scene.front.seen) assert.is(headers["proxy-authorization"], undefined);
  });

  test("a certificate that nobody knows is not trusted, nor one for another host", async (scene) => {
    const environment = { ...trusting(scene), NODE_EXTRA_CA_CERTS: "" };
    const unknown = await runPull(["registry.test/a/b:1", scratchPath("layout")], environment);
    assert.is(unknown.status, 1);
    assert.match(
      unknown.stderr,
      "registry.test/a/b: manifest 1: its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)",
    );
    const other = await runPull(["other.test/a/b:1", scratchPath("layout")], trusting(scene));
    assert.is(other.status, 1);
    assert.match(
      other.stderr,
      "other.test/a/b: manifest 1: its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)",
    );
    assert.equal(scene.front.seen, []);
    assert.not.match(unknown.stderr, "again in");
  });

  test("a mirror may be spoken with by HTTPS on this machine", async (scene) => {
    const mirror = `https://localhost:${scene.front.address.split(":")[1]}`;
    const words = [`${scene.registry.address}/a/b:1`, scratchPath("layout"), "--mirror", mirror];
    const { status, stderr } = await runPull(words, trusting(scene));
    assert.is(status, 0, stderr);
    assert.is(scene.front.asked(/blobs/).length, 3);
    assert.equal(scene.proxy.seen, []);
  });

  test("who speaks no TLS is told of", async (scene) => {
    const words = [
      `${scene.registry.address}/a/b:1`,
      scratchPath("layout"),
      "--mirror",
      `https://${scene.registry.address}`,
    ];
    const { status, stderr } = await runPull(words);
    assert.is(status, 0);
    assert.match(stderr, "does not speak TLS as we do");
  });

  test("a proxy that refuses is told of, without its password", async (scene) => {
    const refusing = await ProxyServer.start(scene.registry.url, 403);
    const environment = { ...trusting(scene), HTTPS_PROXY: refusing.url };
    const { status, stderr } = await runPull(["registry.test/a/b:1", scratchPath("layout")], environment);
    assert.is(status, 1);
    assert.match(stderr, `proxy ${refusing.host}: answers 403 for registry.test:443`);
    assert.not.match(stderr, "secret");
    refusing.end();
  });

  test("a proxy whose password cannot be read is told of, without it", async (scene) => {
    const environment = { ...trusting(scene), HTTPS_PROXY: "http://ann:secret%@127.0.0.1:1" };
    const { status, stderr } = await runPull(["registry.test/a/b:1", scratchPath("layout")], environment);
    assert.is(status, 1);
    assert.is(stderr, "layerkiln: proxy: what the environment names is no URL of http or https\n");
  });

  test("plain HTTP goes through a proxy as well, if it is asked for", async (scene) => {
    const plain = await ProxyServer.start(scene.registry.url);
    const environment = { HTTP_PROXY: plain.url, HTTPS_PROXY: "", NO_PROXY: "" };
    const words = ["registry.test:8080/a/b:1", scratchPath("layout"), "--plain-http"];
    const { status, stderr } = await runPull(words, environment);
    assert.is(status, 0, stderr);
    assert.equal(plain.seen[0], {
      method: "GET",
      url: "http://registry.test:8080/v2/a/b/manifests/1",
      authorization: `Basic ${USER}`,
    });
    plain.end();
  });

  test("passwords do not leave for a realm, and blobs do not come from a server, where nothing is encrypted", async (scene) => {
    const tokens = await MeddlingServer.start(scene.registry.url);
    scene.front.on(/manifests/, answerWith(401, { "WWW-Authenticate": `Bearer realm="${tokens.url}/token"` }));
    const words = ["registry.test/a/b:1", scratchPath("layout"), "--username", "ann", "--password-stdin"];
    const refused = await runPull(words, trusting(scene), "a secret\n");
    assert.is(refused.status, 1);
    assert.match(refused.stderr, `registry.test: names ${tokens.url}/token for tokens, where nothing is encrypted`);
    scene.front.on(/blobs/, answerWith(307, { Location: `${tokens.url}/blob?key=secret` }), 3);
    const lost = await runPull(["registry.test/a/b:1", scratchPath("layout")], trusting(scene));
    assert.is(lost.status, 1);
    assert.match(lost.stderr, `redirects to ${tokens.url}, where nothing is encrypted`);
    assert.equal(tokens.seen, []);
    for (const { stderr } of [refused, lost]) assert.not.match(stderr, "secret");
    await tokens.end();
  });

  test("a password comes by standard input", async (scene) => {
    const words = ["registry.test/a/b:1", scratchPath("layout"), "--username", "ann", "--password-stdin"];
    scene.front.on(/manifests/, answerWith(401, { "WWW-Authenticate": 'Basic realm="r"' }));
    const { status, stderr } = await runPull(words, trusting(scene), "a secret\n");
    assert.is(status, 0, stderr);
    const sent = scene.front.seen.map(({ headers }) => headers.authorization);
    const basic = `Basic ${Buffer.from("ann:a secret").toString("base64")}`;
    assert.equal([...new Set(sent)], [undefined, basic]);
  });
}

test.run();
