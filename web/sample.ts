/** The example that comes with the page. */
import type { DroppedFile } from "./subject.ts";

export async function takeSample(): Promise<DroppedFile[]> {
  const response = await fetch(new URL("sample.tar", document.baseURI));
  if (!response.ok) throw new Error("sample.tar: it is not there; the page was not served whole");
  return [{ name: "sample.tar", file: await response.blob() }];
}
