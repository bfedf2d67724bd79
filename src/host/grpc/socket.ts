/**
 * The socket or pipe that the server listens on.
 *
 * Whoever can write to it can mount and remove as we can. A socket is for its owner alone, from its first moment on. Of a pipe,
 * Node leaves it to Windows who may: its maker, the system and administrators, also those of other machines; everybody
 * else can open it for reading only, and so ask nothing. Nobody adds a pipe of that name to ours, nor we to another's.
 *
 * Source: unix(7); Microsoft, "Named Pipe Security and Access Rights", CreateNamedPipeW (FILE_FLAG_FIRST_PIPE_INSTANCE).
 */
import { lstat, mkdir, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { ErrorCode, ImageError, toImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";
import { isPipe } from "./address.ts";

/** sun_path has 108 bytes, the last one a zero: unix(7). */
const MAX_PATH_LENGTH = 107;

const OWNER_ONLY = 0o177;

/**
 * Listens at `path`; the directory of a socket is made if need be, for its owner alone. A socket that a dead server has left
 * there is replaced; a pipe ends with its server.
 *
 * @param path  as `absoluteAddress` has it
 * @throws ImageError  InvalidArgument: the path is too long, or no pipe's, and this is Windows, where Node has no sockets;
 *                     FailedPrecondition: a server listens there; AlreadyExists: a file
 */
export async function listenOn(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  if (isPipe(path)) return listenOnPipe(path, onConnection);
  if (process.platform === "win32") {
    throw new ImageError(ErrorCode.InvalidArgument, `${path}: is no pipe; one is called \\\\.\\pipe\\ and a name`);
  }
  const length = Buffer.byteLength(path);
  if (length > MAX_PATH_LENGTH) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `${path}: is ${length} bytes long; the path of a socket has at most ${MAX_PATH_LENGTH}`,
    );
  }
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error) => {
    throw toImageError(directory, error);
  });
  try {
    await removeStale(path);
    return await listen(path, onConnection);
  } catch (error) {
    throw toImageError(path, error);
  }
}

async function listenOnPipe(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  try {
    return await listen(path, onConnection);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw taken(path);
    throw toImageError(path, error);
  }
}

function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  const listening = new Promise<Server>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => resolve(server));
  });
  // Node binds before `listen` returns. A mode set afterwards would come too late for who is quick.
  const mask = process.umask(OWNER_ONLY);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  return listening;
}

async function removeStale(path: string): Promise<void> {
  const found = await ifThere(lstat(path));
  if (found === undefined) return;
  if (!found.isSocket()) throw new ImageError(ErrorCode.AlreadyExists, `${path}: exists, and is no socket`);
  if (await isAnswered(path)) throw taken(path);
  await unlink(path);
}

const taken = (path: string): ImageError =>
  new ImageError(ErrorCode.FailedPrecondition, `${path}: another server listens there`);

/** Only a refusal means that nobody is there: a server with a full queue is alive. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}
