/** What the page gives to be read, and how it comes to a worker. */
import { ErrorCode, ImageError } from "../errors.ts";

/** A File is a Blob. A handle is of the origin's own files, or of one that the user has picked. */
export type WebSource = Blob | ReadableStream<Uint8Array> | Uint8Array | FileSystemFileHandle;

/** A source on its way. A stream goes through a port, chunk by chunk: not all browsers hand streams over, nor is that any faster. */
export type SentSource = Blob | Uint8Array | FileSystemFileHandle | MessagePort;

/**
 * Makes `source` ready to be sent. What does not come to be read in the worker is let go of by `forget`.
 *
 * @param transfer  what is handed over with it is put in here
 * @throws ImageError  InvalidArgument if it is none
 */
export function sendSource(source: WebSource, transfer: unknown[]): SentSource {
  if (source instanceof Blob || source instanceof FileSystemFileHandle) return source;
  if (source instanceof Uint8Array) return copyOf(source, transfer);
  if (!(source instanceof ReadableStream)) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `source: ${source} is not a Blob, a stream, bytes, or a file's handle`,
    );
  }
  if (source.locked) {
    throw new ImageError(ErrorCode.InvalidArgument, "source: is a stream that somebody else reads already");
  }
  const port = pump(source);
  transfer.push(port);
  return port;
}

/** As `sendSource`, of several: all of them, or none is taken. */
export function sendLayers<Layer extends { readonly source: WebSource }>(
  layers: readonly Layer[],
  transfer: unknown[],
): (Omit<Layer, "source"> & { readonly source: SentSource })[] {
  try {
    return layers.map((layer) => ({ ...layer, source: sendSource(layer.source, transfer) }));
  } catch (error) {
    forget(transfer);
    throw error;
  }
}

/**
 * A file of the origin's own is emptied when it becomes a target.
 *
 * @throws ImageError  InvalidArgument if `target` is one of what is read
 */
export async function assertIsApart(target: FileSystemHandle | string, read: readonly unknown[]): Promise<void> {
  if (typeof target === "string") return;
  for (const source of read) {
    if (!(source instanceof FileSystemFileHandle) || !(await target.isSameEntry(source))) continue;
    throw new ImageError(ErrorCode.InvalidArgument, `${target.name}: is source and target at once`);
  }
}

/** In the worker: the source as it was. */
export function receiveSource(sent: SentSource): WebSource {
  return sent instanceof MessagePort ? pumped(sent) : sent;
}

/** What of `transfer` is a stream is not wanted any more: it hears of it, unless it was read to its end. */
export function forget(transfer: readonly unknown[]): void {
  for (const each of transfer) {
    readers
      .get(each as MessagePort)
      ?.cancel()
      .catch(() => {}); // how it takes the news is its own affair
  }
}

/** What goes through a port: "more" and "stop" to the page; chunks, and the end of them, to the worker. */
type Pumped = { readonly chunk: Uint8Array } | { readonly end: true } | { readonly failure: string };

/** By the port that was handed over. */
const readers = new WeakMap<MessagePort, ReadableStreamDefaultReader<Uint8Array>>();

/** Reads `source` chunk by chunk, as it is asked to. @returns the port to be handed over */
function pump(source: ReadableStream<Uint8Array>): MessagePort {
  const { port1: near, port2: far } = new MessageChannel();
  const reader = source.getReader();
  readers.set(far, reader);
  const tell = (message: Pumped, transfer: Transferable[] = []) => near.postMessage(message, transfer);
  near.onmessage = async ({ data }: MessageEvent<"more" | "stop">) => {
    if (data === "stop") return forget([far]);
    try {
      const { done, value } = await reader.read();
      const transfer: Transferable[] = [];
      if (done) tell({ end: true });
      else tell({ chunk: value instanceof Uint8Array ? copyOf(value, transfer) : value }, transfer);
    } catch (error) {
      tell({ failure: error instanceof Error ? error.message : String(error) });
    }
  };
  return far;
}

/** To be handed over: what the caller has stays the caller's, and of a large buffer only what is meant is copied. */
function copyOf(bytes: Uint8Array, transfer: unknown[]): Uint8Array {
  const copy = bytes.slice();
  transfer.push(copy.buffer);
  return copy;
}

/** The other end of `pump`. */
function pumped(port: MessagePort): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull(controller) {
        return new Promise((resolve, reject) => {
          port.onmessage = ({ data }: MessageEvent<Pumped>) => {
            if ("chunk" in data) controller.enqueue(data.chunk);
            else port.close();
            if ("end" in data) controller.close();
            if ("failure" in data) reject(new Error(data.failure));
            else resolve();
          };
          port.postMessage("more");
        });
      },
      cancel() {
        port.postMessage("stop");
        port.close();
      },
    },
    { highWaterMark: 2 }, // one is on its way while another is worked on
  );
}
