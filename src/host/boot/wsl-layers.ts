/**
 * What the Windows Subsystem for Linux is told by files in a distribution.
 *
 * Sources: Microsoft, "Advanced settings configuration in WSL", wsl.conf; microsoft/WSL, the parser of that file and what
 * starts the first process.
 */
import type { ImageConfig } from "../oci/image-config.ts";
import { encodeFiles } from "./added-files.ts";
import { profileScript } from "./profile-script.ts";

/** Without quotes or escapes, which the parser of wsl.conf knows too. WSL takes no numbers for users. */
const USER_NAME = /^[a-z_][a-z0-9_.-]*\$?$/i;

const PROFILE = "etc/profile.d/container-image.sh";

export interface WslLayers {
  /** Below all others, so that what the container image has of its own stays: /etc/wsl.conf, and an /etc/passwd with root. */
  readonly beneath: Uint8Array;

  /** Above all others, as an addition: the environment, for login shells. */
  readonly above: Uint8Array;

  /** The user that WSL starts, by the name that the configuration has. */
  readonly user?: string;

  /** The user that the configuration has and wsl.conf cannot: a number other than root's, a name with other signs. WSL starts root. */
  readonly otherUser?: string;

  /** Names of variables that login shells are not told. */
  readonly leftOut: readonly string[];
}

/** Two more layers for `makeRootfs`, which map the configuration of a container image to what WSL reads. */
export function wslLayers(image: ImageConfig): WslLayers {
  const [name = ""] = (image.config.User ?? "").split(":"); // a group may stand behind a colon
  const user = USER_NAME.test(name) ? name : undefined;
  const { text, leftOut } = profileScript(image.config.Env ?? []);
  const beneath = [{ path: "etc/passwd", content: "root:x:0:0:root:/:/bin/sh\n" }];
  if (user !== undefined) beneath.push({ path: "etc/wsl.conf", content: `[user]\ndefault=${user}\n` });
  return {
    beneath: encodeFiles(beneath, image.created),
    above: encodeFiles(text === "" ? [] : [{ path: PROFILE, content: text }], image.created),
    ...(user !== undefined && { user }),
    ...(user === undefined && !/^0*$/.test(name) && { otherUser: name }),
    leftOut,
  };
}
