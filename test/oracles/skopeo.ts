/** skopeo: copies images from every form to every other, and shares no code with us. */
import { ask, missing, type Oracle, run } from "./oracle.ts";

export const skopeo = {
  name: "skopeo",
  missing: missing("skopeo", "skopeo"),

  /** @param from  and `to`: a transport and a place, such as `oci:folder:name` */
  copy(from: string, to: string, ...words: string[]): void {
    ask("skopeo", ["--insecure-policy", "copy", "-q", ...words, from, to]);
  },

  /** Why it does not copy, or "". */
  complaint(from: string, to: string): string {
    const { status, stderr } = run("skopeo", ["--insecure-policy", "copy", "-q", from, to]);
    return status === 0 ? "" : stderr;
  },

  /** What it says of an image. @param words  such as `--config`, or `--override-arch` before the rest */
  inspect(from: string, ...words: string[]): Record<string, unknown> {
    const global = words.filter((word) => word.startsWith("--override"));
    const local = words.filter((word) => !word.startsWith("--override"));
    return JSON.parse(ask("skopeo", [...global, "inspect", ...local, from]));
  },
} satisfies Oracle & Record<string, unknown>;
