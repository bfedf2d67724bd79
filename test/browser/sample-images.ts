/** Images of a few files, in what images lie in. */
import { makeImage } from "../fixtures/image.ts";
import { entry, layerTar } from "../fixtures/layer.ts";
import { noise } from "../fixtures/random.ts";

export const FILES = [
  entry("dir", "etc"),
  entry("file", "etc/passwd", { data: Buffer.from("root"), xattrs: [["user.note", noise(900)]] }),
  entry("file", "etc/large", { data: noise(3_000_000) }),
  entry("file", "etc/odd \xff name", { data: noise(5000) }),
  entry("symlink", "etc/link", { target: "x".repeat(200) }),
];
/** With a hash tree and a journal. */
export const { image: sound } = await makeImage(layerTar(FILES), { verity: true, filesystem: { journal: true } });
export const { image: inVhd } = await makeImage(layerTar(FILES), { container: "vhd" });
export const { image: inVhdx } = await makeImage(layerTar(FILES), { container: "vhdx", verity: true });
