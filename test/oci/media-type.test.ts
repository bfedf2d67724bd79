/** Media types say how a layer is compressed, and which are no layers. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compressionOf } from "../../src/host/oci/media-type.ts";
import { ErrorCode } from "../../src/index.ts";
import { refuses } from "../fixtures/refuses.ts";

const types = suite("media types");

const OCI = "application/vnd.oci.image";
const DOCKER = "application/vnd.docker.image.rootfs";

const KNOWN: [mediaType: string, compression: string][] = [
  [`${OCI}.layer.v1.tar`, "none"],
  [`${OCI}.layer.v1.tar+gzip`, "gzip"],
  [`${OCI}.layer.v1.tar+zstd`, "zstd"],
  [`${OCI}.layer.nondistributable.v1.tar`, "none"],
  [`${OCI}.layer.nondistributable.v1.tar+gzip`, "gzip"],
  [`${OCI}.layer.nondistributable.v1.tar+zstd`, "zstd"],
  [`${DOCKER}.diff.tar`, "any"],
  [`${DOCKER}.diff.tar.gzip`, "gzip"],
  [`${DOCKER}.diff.tar.zstd`, "zstd"],
  [`${DOCKER}.foreign.diff.tar`, "any"],
  [`${DOCKER}.foreign.diff.tar.gzip`, "gzip"],
];

for (const [mediaType, compression] of KNOWN) {
  types(`${mediaType}: ${compression}`, () => assert.is(compressionOf(mediaType), compression));
}

for (const mediaType of [
  `${OCI}.layer.v1.tar+encrypted`,
  `${OCI}.layer.v1.tar+gzip+encrypted`,
  `${OCI}.layer.v1.tar+xz`,
  `${OCI}.layer.v1.erofs`,
  `${OCI}.config.v1+json`,
  "application/vnd.docker.container.image.v1+json",
  "__proto__",
  "",
]) {
  types(`"${mediaType}" is refused`, () =>
    refuses(
      () => compressionOf(mediaType),
      ErrorCode.Unsupported,
      mediaType.endsWith("+encrypted") ? /encrypted/ : /no layer/,
    ),
  );
}

types.run();
