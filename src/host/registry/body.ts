/** Answers that are small enough to be held. */
import { ErrorCode, ImageError } from "../errors.ts";
import { describeUrl } from "./endpoint.ts";
import type { HttpResponse } from "./http-client.ts";

/** @throws ImageError  OutOfRange: there are more than `limit` bytes */
export async function readBody({ url, body, close }: HttpResponse, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      length += chunk.length;
      if (length > limit)
        throw new ImageError(ErrorCode.OutOfRange, `${describeUrl(url)}: answers more than ${limit} bytes`);
      chunks.push(chunk);
    }
  } finally {
    close();
  }
  return Buffer.concat(chunks);
}
