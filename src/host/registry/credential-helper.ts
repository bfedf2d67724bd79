/**
 * Programs that keep credentials: `docker-credential-NAME get`, an address in, JSON out.
 *
 * Source: docker-credential-helpers, "Development".
 */
import { spawn } from "node:child_process";
import { ErrorCode, ImageError } from "../errors.ts";
import { JsonObject } from "../oci/json-object.ts";
import type { Credentials, IdentityToken } from "./credentials.ts";
import { secretIn } from "./secret.ts";

/** Milliseconds. A helper may ask its user for a password of the keyring. */
const PATIENCE = 60_000;
const LONGEST_ANSWER = 1024 ** 2;

/** What helpers say where they have nothing for an address. */
const NOT_FOUND = "credentials not found in native keychain";

/** In place of a user's name: what follows is no password. */
const IDENTITY_TOKEN = "<token>";

/**
 * @param name  what follows `docker-credential-` in the program's name
 * @returns     undefined: it has nothing for that address
 * @throws ImageError  Unavailable: there is no such program; FailedPrecondition: it fails; Corrupt
 */
export async function askCredentialHelper(
  name: string,
  address: string,
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Credentials | IdentityToken | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name))
    throw new ImageError(ErrorCode.Corrupt, `${JSON.stringify(program)}: is no program's name`);
  const { status, output } = await runHelper(program, address, environment, signal);
  if (status !== 0) {
    if (output.includes(NOT_FOUND)) return undefined;
    throw new ImageError(ErrorCode.FailedPrecondition, `${program}: fails with ${status} for ${address}`);
  }
  const answer = JsonObject.parse(Buffer.from(output), program);
  const username = secretIn(answer, "Username", program) ?? "";
  const secret = secretIn(answer, "Secret", program) ?? "";
  if (username === "" && secret === "") return undefined;
  return username === IDENTITY_TOKEN ? { identityToken: secret } : { username, password: secret };
}

function runHelper(
  program: string,
  address: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<{ status: number | string; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], { env, stdio: ["pipe", "pipe", "inherit"], timeout: PATIENCE, signal });
    const chunks: Buffer[] = [];
    let length = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > LONGEST_ANSWER) child.kill();
      else chunks.push(chunk);
    });
    child.on("exit", (_, killed) => {
      if (killed !== null) child.stdout.destroy(); // programs that it has begun may hold it open
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason);
      else reject(new ImageError(ErrorCode.Unavailable, `${program}: cannot be run (${error.code})`, error));
    });
    child.on("close", (code, killed) =>
      resolve({ status: code ?? killed ?? "", output: Buffer.concat(chunks).toString() }),
    );
    child.stdin.on("error", () => {}); // it may end without having read
    child.stdin.end(address);
  });
}
