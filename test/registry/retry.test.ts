/** When to ask again, whom, and by what way. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { endpointsOf } from "../../src/host/registry/endpoint.ts";
import { connectionError, Passing } from "../../src/host/registry/failure.ts";
import { proxiesOf } from "../../src/host/registry/proxy.ts";
import { parseRetryAfter, pauseAfter } from "../../src/host/registry/retry.ts";
import { StatusError } from "../../src/host/registry/status.ts";
import { ErrorCode, ImageError } from "../../src/index.ts";

const test = suite("registry: when, whom and how to ask");

const POLICY = { tries: 5, firstPauseMs: 1000 };
const broken = new Passing("broke");
const busy = (retryAfter?: string, status = 429) => new StatusError("busy", status, retryAfter);

test("pauses grow twofold, and end", () => {
  const pauses = [1, 2, 3, 4, 5].map((failures) => pauseAfter(broken, failures, POLICY));
  assert.equal(pauses, [1000, 2000, 4000, 8000, undefined]);
  assert.is(pauseAfter(broken, 19, { tries: 20, firstPauseMs: 1000 }), 60_000);
});

test("what cannot pass is not asked again", () => {
  for (const status of [400, 401, 403, 404, 405, 416, 501])
    assert.is(pauseAfter(busy("1", status), 1, POLICY), undefined);
  assert.is(pauseAfter(new ImageError(ErrorCode.Corrupt, "wrong"), 1, POLICY), undefined);
  for (const status of [408, 429, 500, 502, 503, 504]) assert.is(pauseAfter(busy(undefined, status), 1, POLICY), 1000);
});

test("a server says when to come back, within bounds", () => {
  assert.is(pauseAfter(busy("7"), 1, POLICY), 7000);
  assert.is(pauseAfter(busy("0"), 2, POLICY), 2000, "but not at once");
  assert.is(pauseAfter(busy("86400"), 1, POLICY), 60_000);
  assert.is(pauseAfter(busy("soon"), 1, POLICY), 1000);
});

test("Retry-After is seconds or a date", () => {
  const now = Date.UTC(2025, 0, 1, 12, 0, 0);
  assert.is(parseRetryAfter("12", now), 12_000);
  assert.is(parseRetryAfter("Wed, 01 Jan 2025 12:00:30 GMT", now), 30_000);
  assert.is(parseRetryAfter("Wed, 01 Jan 2020 12:00:30 GMT", now), 0);
  for (const text of [undefined, "", "1e9", "-5", "99999999999", "x"]) {
    assert.ok([undefined, 0].includes(parseRetryAfter(text, now)), text);
  }
});

const system = (code: string) => Object.assign(new Error("words of the system"), { code });

const FAILURES: [code: string, message: string, passes: boolean][] = [
  ["ECONNRESET", "r: the connection broke (ECONNRESET)", true],
  ["ECONNREFUSED", "r: refuses connections (ECONNREFUSED)", true],
  ["ENOTFOUND", "r: there is no such host", false],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "r: its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); NODE_EXTRA_CA_CERTS names others to trust",
    false,
  ],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "r: its certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID); NODE_EXTRA_CA_CERTS names others to trust",
    false,
  ],
  ["EPROTO", "r: does not speak TLS as we do (EPROTO)", false],
  ["HPE_INVALID_CONSTANT", "r: does not speak HTTP (HPE_INVALID_CONSTANT)", false],
  ["EOTHER", "r: words of the system (EOTHER)", false],
];

for (const [code, message, passes] of FAILURES) {
  test(`${code} in words`, () => {
    const error = connectionError("r", system(code));
    assert.is(error.message, message);
    assert.is(pauseAfter(error, 1, POLICY) !== undefined, passes);
  });
}

test("what is no error of a connection is a fault of ours, and stays one", () => {
  assert.throws(() => connectionError("r", new TypeError("x")), "x");
});

test("registries are asked by HTTPS, and on this machine by HTTP", () => {
  const urlOf = (registry: string, plainHttp = false) =>
    endpointsOf(registry, { plainHttp }).map(({ url }) => url.href);
  assert.equal(urlOf("docker.io"), ["https://registry-1.docker.io/"]);
  assert.equal(urlOf("ghcr.io"), ["https://ghcr.io/"]);
  assert.equal(urlOf("registry:5000"), ["https://registry:5000/"]);
  assert.equal(urlOf("registry:5000", true), ["http://registry:5000/"]);
  for (const host of ["localhost", "localhost:5000", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"]) {
    assert.match(urlOf(host)[0]!, /^http:/, host);
  }
  assert.match(urlOf("localhost.example")[0]!, /^https:/);
  assert.match(urlOf("127.0.0.1.example")[0]!, /^https:/);
});

test("mirrors come first, in their order, with the path before a repository's name", () => {
  const mirrors = ["https://m.example/hub/", "http://n:80", "o.example:444"];
  assert.equal(
    endpointsOf("docker.io", { mirrors }).map(({ url, prefix, host }) => [url.href, prefix, host]),
    [
      ["https://m.example/", "hub/", "m.example"],
      ["http://n/", "", "n"],
      ["https://o.example:444/", "", "o.example:444"],
      ["https://registry-1.docker.io/", "", "docker.io"],
    ],
  );
  for (const mirror of ["", "ftp://a", "https://ann:5318008@m", "https://m/?5318008", "https://m/#a", "https://"]) {
    assert.throws(
      () => endpointsOf("docker.io", { mirrors: [mirror] }),
      (error: ImageError) => error.code === ErrorCode.InvalidArgument && !error.message.includes("5318008"),
      mirror,
    );
  }
});

test("proxies are those of the environment, but for whom it excepts, and this machine", () => {
  const proxyOf = (url: string, environment: NodeJS.ProcessEnv) => proxiesOf(environment)(new URL(url))?.href;
  const both = { HTTPS_PROXY: "http://p:1", http_proxy: "q:2" };
  assert.is(proxyOf("https://a.example/x", both), "http://p:1/");
  assert.is(proxyOf("http://a.example/x", both), "http://q:2/");
  assert.is(proxyOf("https://localhost/x", both), undefined);
  assert.is(proxyOf("http://127.0.0.1:5000/x", both), undefined);
  assert.is(proxyOf("https://a.example/", {}), undefined);
  assert.is(
    proxyOf("https://a.example/", { https_proxy: "http://small:1", HTTPS_PROXY: "http://capital:1" }),
    "http://small:1/",
  );
  const excepted: [noProxy: string, url: string, direct: boolean][] = [
    ["*", "https://a.example", true],
    ["a.example", "https://a.example", true],
    ["a.example", "https://b.a.example", true],
    ["a.example", "https://ba.example", false],
    [".a.example", "https://b.a.example", true],
    ["*.a.example", "https://b.a.example", true],
    ["x, A.example:443", "https://a.example", true],
    ["a.example:444", "https://a.example", false],
    ["10.0.0.1", "https://10.0.0.1:5000", true],
    ["[fd00::1]:5000", "https://[fd00::1]:5000", true],
    ["", "https://a.example", false],
  ];
  for (const [noProxy, url, direct] of excepted) {
    assert.is(proxyOf(url, { ...both, NO_PROXY: noProxy }) === undefined, direct, `${noProxy} ${url}`);
  }
  assert.throws(
    () => proxyOf("https://a.example/", { HTTPS_PROXY: "socks5://ann:5318008@p" }),
    (error: ImageError) => error.code === ErrorCode.InvalidArgument && !error.message.includes("5318008"),
  );
});

test.run();
