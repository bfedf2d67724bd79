/** What the page gives to be read, and how it comes to a worker. */
import { ErrorCode, ImageError } from "../errors.ts";

/** A File is a Blob. A handle is of the origin's own files, or of one that the user has picked. */
export type WebSource = Blob | ReadableStream<Uint8Array> | Uint8Array | FileSystemFileHandle;

/** A source on its way; streams are handed over, or pumped through a port where they cannot be. */
export type SentSource = Blob | ReadableStream<Uint8Array> | Uint8Array | FileSystemFileHandle | MessagePort;

/**
 * Makes `source` ready to be sent.
 *
 * @param transfer  what is handed over with it is put in here
 * @throws ImageError  InvalidArgument if it is none
 */
export function sendSource(source: WebSource, transfer: unknown[]): SentSource {
  if (source instanceof Blob || source instanceof Uint8Array || source instanceof FileSystemFileHandle) return source;
  if (!(source instanceof ReadableStream)) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `source: ${source} is not a Blob, a stream, bytes, or a file's handle`,
    );
  }
  if (source.locked) {
    throw new ImageError(ErrorCode.InvalidArgument, "source: is a stream that somebody else reads already");
  }
  const sent = areStreamsTransferable() ? source : pump(source);
  transfer.push(sent);
  return sent;
}

/** In the worker: the source as it was. */
export function receiveSource(sent: SentSource): WebSource {
  return sent instanceof MessagePort ? pumped(sent) : sent;
}

let transferable: boolean | undefined;

/** Not in Safari. */
function areStreamsTransferable(): boolean {
  if (transferable === undefined) {
    const stream = new ReadableStream();
    try {
      structuredClone(stream, { transfer: [stream] });
      transferable = true;
    } catch {
      transferable = false;
    }
  }
  return transferable;
}

/** What goes through the port of a pumped stream: "more" and "stop" one way, chunks and the end of them the other. */
type Pumped = { readonly chunk: Uint8Array } | { readonly end: true } | { readonly failure: string };

/** Reads `source` chunk by chunk, as it is asked to. @returns the port to be handed over */
export function pump(source: ReadableStream<Uint8Array>): MessagePort {
  const { port1: near, port2: far } = new MessageChannel();
  const reader = source.getReader();
  const tell = (message: Pumped) => near.postMessage(message);
  near.onmessage = async ({ data }: MessageEvent<"more" | "stop">) => {
    if (data === "stop") {
      near.close();
      return reader.cancel().catch(() => {}); // how it takes the news is its own affair
    }
    try {
      const { done, value } = await reader.read();
      tell(done ? { end: true } : { chunk: value });
    } catch (error) {
      tell({ failure: error instanceof Error ? error.message : String(error) });
    }
  };
  return far;
}

/** The other end of `pump`. */
export function pumped(port: MessagePort): ReadableStream<Uint8Array> {
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
      },
    },
    { highWaterMark: 2 }, // one is on its way while another is worked on
  );
}
