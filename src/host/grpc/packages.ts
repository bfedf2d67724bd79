/** The packages that only gRPC takes: optional ones, loaded when they are needed. */
import { ErrorCode, ImageError } from "../errors.ts";

export type Grpc = typeof import("@grpc/grpc-js");

/** @throws ImageError  Unavailable: it is not installed */
export function loadGrpc(): Promise<Grpc> {
  return import("@grpc/grpc-js").catch((error) => refuse("@grpc/grpc-js", error));
}

/** @throws ImageError  Unavailable: it is not installed */
export async function loadPino() {
  const { pino } = await import("pino").catch((error) => refuse("pino", error));
  return pino;
}

/** What Node says of a package that is not there, to `import` and to `require`. */
const MISSING = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"];

function refuse(name: string, error: NodeJS.ErrnoException): never {
  if (!MISSING.includes(error.code ?? "")) throw error;
  throw new ImageError(
    ErrorCode.Unavailable,
    `grpc: the package ${name} is not installed; npm install ${name} adds it`,
    error,
  );
}
