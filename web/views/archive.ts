/** A container image: which one of its archive, and the layers that it is made of. */
import { formatBytes } from "../../build/src/host/format-bytes.js";
import { formatPlatform } from "../../build/src/host/oci/image-platform.js";
import { shown } from "../../build/src/host/oci/shown.js";
import type { ContainerImage, ListedImage } from "../../build/src/web.js";
import { element, foreign, freshId } from "../element.ts";
import { stepsOf } from "../steps.ts";
import type { ArchiveSubject } from "../subject.ts";
import { shortDigest } from "./copy.ts";

/** @param choose  opens another one of `images` */
export function archiveView(subject: ArchiveSubject, choose: (index: number) => void): HTMLElement {
  const { image, images, chosen } = subject;
  return element(
    "div",
    {},
    images.length > 1 ? imageChoice(images, chosen, choose) : imageTitle(images[chosen]!),
    element(
      "dl",
      { class: "facts-list" },
      element("dt", {}, "Digest"),
      element("dd", {}, shortDigest(image.digest, "digest of the image")),
      element("dt", {}, "Layers"),
      element("dd", {}, `${image.layers.length}, ${formatBytes(sizeOf(image))} as they are`),
    ),
    element("ol", { class: "layers" }, ...layerRows(image)),
  );
}

function imageTitle(image: ListedImage): HTMLElement {
  return element("p", { class: "image-title" }, foreign(titleOf(image)));
}

function imageChoice(images: readonly ListedImage[], chosen: number, choose: (index: number) => void): HTMLElement {
  const id = freshId("image");
  const options = images.map((image, index) =>
    element(
      "option",
      { value: index, selected: index === chosen, disabled: !image.layers },
      shown(image.layers ? titleOf(image) : `${titleOf(image)} (not to be opened)`),
    ),
  );
  const select: HTMLSelectElement = element(
    "select",
    { id, on: { change: () => choose(Number(select.value)) } },
    ...options,
  );
  return element("p", { class: "field" }, element("label", { for: id }, "Image"), select);
}

export function titleOf({ names, platform, kind, digest }: ListedImage): string {
  const name = names[0] ?? digest.slice(0, 19);
  return `${name}, ${kind === "artifact" ? "no image" : platform ? formatPlatform(platform) : "no platform"}`;
}

function layerRows(image: ContainerImage): HTMLElement[] {
  const steps = stepsOf(image);
  return image.layers.map(({ digest, diffId, size }, index) =>
    element(
      "li",
      {},
      element("span", { class: "name" }, steps ? stepView(steps[index]!) : `Layer ${index + 1}`),
      element(
        "span",
        { class: "facts" },
        `${formatBytes(size)} · `,
        shortDigest(digest ?? diffId, `digest of layer ${index + 1}`),
      ),
    ),
  );
}

function stepView(step: string): HTMLElement {
  return element("code", { class: "step" }, foreign(step || "no word of how it was made"));
}

function sizeOf({ layers }: ContainerImage): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
