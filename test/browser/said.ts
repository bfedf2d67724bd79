/** What is said of a question, as text: its answer or its error. Asked on Node and in a page, to be held against each other. */
import { asText, failureOf } from "./image-facts.ts";

export async function said(question: () => unknown): Promise<string> {
  try {
    return asText({ done: await question() });
  } catch (error) {
    return asText({ failed: failureOf(error) });
  }
}
