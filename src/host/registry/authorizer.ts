/**
 * What goes into the Authorization header for one server: nothing until it asks, then a token or a password.
 *
 * Source: distribution, "Token Authentication Specification" and "OAuth2 Token Authentication"; RFC 6750; RFC 7617.
 */
import { ErrorCode, ImageError } from "../errors.ts";
import { JsonObject } from "../oci/json-object.ts";
import { readBody } from "./body.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials, FindCredentials, IdentityToken } from "./credentials.ts";
import { describeUrl, type Endpoint, parseHttpUrl } from "./endpoint.ts";
import type { HttpClient } from "./http-client.ts";
import { secretIn } from "./secret.ts";
import { statusError } from "./status.ts";

const CLIENT_ID = "layerkiln";
const LARGEST_TOKEN_ANSWER = 1024 ** 2;

/** Where an answer does not say for how long its token is good. Seconds, by the specification. */
const TOKEN_LIFE = 60;

/** What is left of its life when a token is no longer used: a request takes its time. Of its life. */
const SPARE_LIFE = 0.1;

interface Grant {
  /** Of the Authorization header. */
  readonly header: string;

  /** Of `performance.now`. */
  readonly until: number;
}

export class Authorizer {
  #grant: Promise<Grant> | undefined;
  #challenge: Challenge | undefined;

  constructor(
    private readonly client: HttpClient,
    private readonly endpoint: Endpoint,
    private readonly repository: string,
    private readonly findCredentials: FindCredentials,
  ) {}

  /** @returns undefined as long as nobody has asked */
  async header(signal?: AbortSignal): Promise<string | undefined> {
    if (this.#grant === undefined) return undefined;
    const grant = await this.#grant;
    if (performance.now() < grant.until) return grant.header;
    return await this.answer(undefined, grant.header, signal);
  }

  /**
   * A new header, after the server said 401 to `refused`. Of several requests that were refused one asks for a token.
   *
   * @param wanted   WWW-Authenticate; undefined: as before
   * @param refused  the header that was sent
   * @returns        undefined: there is none that it would take
   */
  async answer(
    wanted: string | undefined,
    refused: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const current = this.#grant;
    const grant = await current?.catch(() => undefined);
    if (current !== this.#grant) return (await this.#grant)?.header; // another was here before
    if (grant !== undefined && grant.header !== refused) return grant.header;
    if (wanted !== undefined) this.#challenge = choose(parseChallenges(wanted));
    if (this.#challenge === undefined) return undefined;
    const made = this.#ask(this.#challenge, signal);
    this.#grant = made;
    made.catch(() => {
      if (this.#grant === made) this.#grant = undefined; // the next asks again
    });
    return (await made).header;
  }

  async #ask({ scheme, parameters }: Challenge, signal: AbortSignal | undefined): Promise<Grant> {
    const { host } = this.endpoint;
    const credentials = await this.findCredentials(host, this.repository, signal);
    if (scheme === "bearer") return this.#askForToken(parameters, credentials, signal);
    if (credentials !== undefined && "username" in credentials) return { header: basic(credentials), until: Infinity };
    throw new ImageError(
      ErrorCode.PermissionDenied,
      `${host}: asks for a name and a password, and none are known for it`,
    );
  }

  async #askForToken(
    parameters: Challenge["parameters"],
    credentials: Credentials | IdentityToken | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Grant> {
    const realm = this.#realmOf(parameters);
    const service = parameters.get("service");
    const scope = parameters.get("scope") ?? `repository:${this.repository}:pull`;
    const query = new URLSearchParams({ ...(service !== undefined && { service }), scope });
    let request: Parameters<HttpClient["send"]>[0];
    if (credentials !== undefined && "identityToken" in credentials) {
      query.set("grant_type", "refresh_token");
      query.set("client_id", CLIENT_ID);
      query.set("refresh_token", credentials.identityToken);
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      request = { url: realm, headers, body: query.toString(), signal };
    } else {
      for (const [name, value] of query) realm.searchParams.append(name, value);
      if (credentials !== undefined) realm.searchParams.set("account", credentials.username);
      request = { url: realm, headers: credentials === undefined ? {} : { Authorization: basic(credentials) }, signal };
    }
    const response = await this.client.send(request);
    const asked = performance.now();
    const body = await readBody(response, LARGEST_TOKEN_ANSWER);
    const subject = `${this.endpoint.host}: token from ${describeUrl(realm)}`;
    if (response.status !== 200) throw statusError(subject, response, body);
    return parseToken(body, subject, asked);
  }

  /** Passwords go there, and tokens come from there: not over a wire that is less private than that to the registry. */
  #realmOf(parameters: Challenge["parameters"]): URL {
    const { url, host } = this.endpoint;
    const realm = parseHttpUrl(parameters.get("realm") ?? "");
    if (realm === undefined)
      throw new ImageError(ErrorCode.Corrupt, `${host}: does not say where tokens are to be had`);
    if (realm.protocol === "http:" && url.protocol === "https:") {
      const what = `names ${describeUrl(realm)} for tokens, where nothing is encrypted`;
      throw new ImageError(ErrorCode.FailedPrecondition, `${host}: ${what}`);
    }
    return realm;
  }
}

/** Tokens before passwords. */
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  const of = (wanted: string) => challenges.find(({ scheme }) => scheme === wanted);
  return of("bearer") ?? of("basic");
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function parseToken(body: Uint8Array, subject: string, asked: number): Grant {
  const answer = JsonObject.parse(body, subject);
  const token = secretIn(answer, "token", subject) || secretIn(answer, "access_token", subject);
  // What is sent as a header is one line of what a token may consist of.
  if (!token || !/^[\x21-\x7e]+$/.test(token)) throw new ImageError(ErrorCode.Corrupt, `${subject}: holds no token`);
  const seconds = answer.has("expires_in") ? answer.count("expires_in") : TOKEN_LIFE;
  return { header: `Bearer ${token}`, until: asked + seconds * 1000 * (1 - SPARE_LIFE) };
}
