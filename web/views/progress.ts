/** How far the work is: bytes, rate, time left; and the way to stop it. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import type { Progress } from "../../build/src/web.js";
import { announce } from "../announce.ts";
import { button, element } from "../element.ts";
import { formatSeconds, Rate } from "../rate.ts";

/** What is spoken, of each: more would be noise. */
const SPOKEN_EVERY = 25; // per cent

export interface ProgressView {
  readonly element: HTMLElement;
  show(progress: Progress): void;
}

export function progressView(title: string, cancel: () => void): ProgressView {
  const bar = element("progress", { max: 1, "aria-label": title });
  const facts = element("p", { class: "facts" }, "Starting…");
  const rate = new Rate();
  let spoken = 0;
  const show = ({ bytesRead, totalBytes }: Progress) => {
    rate.add(performance.now() / 1000, bytesRead);
    facts.textContent = factsOf(bytesRead, totalBytes, rate);
    if (!totalBytes) return bar.removeAttribute("value");
    bar.value = Math.min(bytesRead / totalBytes, 1);
    const percent = Math.floor(bar.value * 100);
    if (percent < spoken + SPOKEN_EVERY || percent >= 100) return;
    spoken = percent - (percent % SPOKEN_EVERY);
    announce(`${spoken} per cent done`);
  };
  return {
    element: element(
      "section",
      { class: "card working" },
      element("h2", { tabindex: -1 }, title),
      bar,
      facts,
      element("p", { class: "actions" }, button("Cancel", cancel)),
    ),
    show,
  };
}

function factsOf(bytesRead: number, totalBytes: number | undefined, rate: Rate): string {
  const perSecond = rate.perSecond();
  const left = rate.secondsLeft(totalBytes);
  return [
    totalBytes ? `${formatBytes(bytesRead)} of ${formatBytes(totalBytes)}` : `${formatBytes(bytesRead)} read`,
    ...(perSecond === undefined ? [] : [`${formatBytes(perSecond)} a second`]),
    ...(left === undefined ? [] : [left < 1 ? "almost done" : `${formatSeconds(Math.ceil(left))} left`]),
  ].join(" · ");
}
