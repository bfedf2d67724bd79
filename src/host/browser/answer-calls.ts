/** The worker's side of calls: runs the operations that it is asked for, and tells the page what becomes of them. */
import { ErrorCode, ImageError } from "../errors.ts";
import { type Operation, type Port, type Request, send } from "./calls.ts";

/** Operations by their names. Each is loaded when it is first asked for. */
export type OperationList = Readonly<Record<string, () => Promise<Operation<never, unknown>>>>;

/** Answers all calls that come by `port`, from now on. */
export function answerCalls(operations: OperationList, port: Port): void {
  const running = new Map<number, AbortController>();

  port.onmessage = ({ data }: { readonly data: Request }) => {
    if (data.kind === "abort") running.get(data.call)?.abort();
    else void answer(data.call, data.name, data.argument);
  };

  async function answer(call: number, name: string, argument: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(call, controller);
    const transfer: unknown[] = [];
    try {
      const operation = await load(operations, name);
      const result = await operation(argument as never, {
        signal: controller.signal,
        onProgress: (progress) => send(port, { kind: "progress", call, progress }),
        transfer,
      });
      send(port, { kind: "done", call, result }, transfer);
    } catch (error) {
      const { code, message } = failureOf(error, name);
      send(port, { kind: "failed", call, code, message });
    } finally {
      running.delete(call);
    }
  }
}

/** @throws ImageError  Unavailable if its file cannot be fetched */
async function load(operations: OperationList, name: string): Promise<Operation<never, unknown>> {
  if (!Object.hasOwn(operations, name)) {
    throw new ImageError(ErrorCode.Unavailable, `worker: knows no ${name}; its file is of another version`);
  }
  try {
    return await operations[name]!();
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError(ErrorCode.Unavailable, `worker: ${wordsOf(error)}`, error);
  }
}

/** Errors lose their class on the way, so it goes as words. */
function failureOf(error: unknown, name: string): { code: ErrorCode; message: string } {
  if (error instanceof ImageError) return { code: error.code, message: error.message };
  return { code: ErrorCode.Internal, message: `${name}: ${wordsOf(error)}` };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
