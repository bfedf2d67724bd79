/**
 * Who we are to a registry: what `docker login` and `podman login` have kept.
 *
 * Source: Docker's documentation, "docker login", "Credential stores"; containers-auth.json(5).
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { JsonObject } from "../oci/json-object.ts";
import { askCredentialHelper } from "./credential-helper.ts";
import { secretIn } from "./secret.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a registry gives tokens for, in place of a name and a password. */
export interface IdentityToken {
  readonly identityToken: string;
}

/**
 * Who we are to a server.
 *
 * @param host        such as "docker.io" or "localhost:5000"
 * @param repository  some have other credentials for it than for the rest of the registry
 * @returns           undefined: nobody in particular
 */
export type FindCredentials = (
  host: string,
  repository: string,
  signal?: AbortSignal,
) => Promise<Credentials | IdentityToken | undefined>;

/** Docker keeps those of its Hub under the address of a registry of long ago. */
const DOCKER_HUB_KEYS = ["https://index.docker.io/v1/", "index.docker.io", "registry-1.docker.io"];

/**
 * Looks in the files of docker and podman, in the first that has an answer.
 *
 * @param environment  REGISTRY_AUTH_FILE, DOCKER_CONFIG and XDG_RUNTIME_DIR say where they are
 */
export function credentialsIn(environment: NodeJS.ProcessEnv): FindCredentials {
  return async (host, repository, signal) => {
    for (const path of filesOf(environment)) {
      const found = await findIn(path, host, repository, environment, signal);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function filesOf(environment: NodeJS.ProcessEnv): string[] {
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = environment;
  if (REGISTRY_AUTH_FILE) return [REGISTRY_AUTH_FILE];
  const home = environment.HOME || homedir();
  return [
    join(DOCKER_CONFIG || join(home, ".docker"), "config.json"),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, "containers/auth.json")] : []),
    join(XDG_CONFIG_HOME || join(home, ".config"), "containers/auth.json"),
  ];
}

async function findIn(
  path: string,
  host: string,
  repository: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Credentials | IdentityToken | undefined> {
  const bytes = readThere(path);
  if (bytes === undefined) return undefined;
  const config = JsonObject.parse(bytes, path);
  const keys = host === "docker.io" ? [host, ...DOCKER_HUB_KEYS] : [host];
  const helpers = config.optionalObject("credHelpers");
  const named = keys.find((key) => helpers?.has(key));
  const helper = named === undefined ? config.optionalString("credsStore") : helpers!.string(named);
  if (helper) {
    const address = host === "docker.io" ? DOCKER_HUB_KEYS[0]! : host;
    const found = await askCredentialHelper(helper, address, environment, signal);
    if (found !== undefined) return found;
  }
  const entries = config.optionalObject("auths");
  const names = [...namesUpTo(host, repository), ...keys.flatMap(olderKeys)];
  const name = names.find((each) => entries?.has(each));
  return name === undefined ? undefined : parseEntry(entries!.object(name), `${path}: auths ${name}`);
}

/** Podman may keep them for a part of a registry: the nearest counts. */
function namesUpTo(host: string, repository: string): string[] {
  const parts = repository.split("/");
  return parts.map((_, i) => [host, ...parts.slice(0, parts.length - i)].join("/"));
}

/** Docker once kept whole addresses. */
function olderKeys(key: string): string[] {
  return [
    key,
    ...["https://", "http://"].flatMap((scheme) => ["", "/", "/v1/", "/v2/"].map((end) => scheme + key + end)),
  ];
}

/** @returns undefined for an entry that only says that a helper knows @throws ImageError  Corrupt */
function parseEntry(entry: JsonObject, subject: string): Credentials | IdentityToken | undefined {
  const identityToken = secretIn(entry, "identitytoken", subject);
  if (identityToken) return { identityToken };
  const username = secretIn(entry, "username", subject);
  if (username) return { username, password: secretIn(entry, "password", subject) ?? "" };
  const auth = secretIn(entry, "auth", subject);
  if (!auth) return undefined;
  const pair = Buffer.from(auth, "base64").toString();
  const colon = pair.indexOf(":");
  if (colon < 1) throw new ImageError(ErrorCode.Corrupt, `${subject}: auth holds no name and password`);
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, "") };
}

function readThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw toImageError(path, error);
  }
}
