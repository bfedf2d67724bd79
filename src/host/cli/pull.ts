/** `layerkiln pull`: what it takes. What it does is loaded when it is asked for. */
import { buildCommand } from "@stricli/core";
import type { Context } from "./context.ts";
import { flag } from "./flag.ts";

export interface PullFlags {
  readonly platform?: string;
  readonly allPlatforms?: boolean;
  readonly mirror?: readonly string[];
  readonly plainHttp?: boolean;
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DESCRIPTION = `Fetches a container image from a registry into an OCI image layout.

REFERENCE is a name as docker reads it: alpine is docker.io/library/alpine:latest.
DIRECTORY is made unless it is there; other images in it stay. What is there already is not fetched again, and what was broken off
is gone on with. Every byte is verified. Registries are spoken with by HTTPS, and on this machine by HTTP.

Credentials are those that docker and podman keep: $REGISTRY_AUTH_FILE, or $DOCKER_CONFIG/config.json or ~/.docker/config.json with
its credential helpers, $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json.
HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS count.

EXAMPLES
  layerkiln pull alpine alpine
  layerkiln pull ghcr.io/example/app:1.2 images --platform linux/arm64
  layerkiln pull localhost:5000/app@sha256:… images --all-platforms
  layerkiln pull busybox images --mirror https://mirror.example/hub

EXIT CODES
  0 done, 1 failed, 2 wrong usage, 4 not supported here`;

export const pull = buildCommand<PullFlags, [reference: string, directory: string], Context>({
  loader: async () => (await import("./pull-run.ts")).runPull,
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "A container image's name", placeholder: "REFERENCE", parse: String },
        { brief: "An OCI image layout", placeholder: "DIRECTORY", parse: String },
      ],
    },
    flags: {
      platform: {
        kind: "parsed",
        brief: "Of several platforms, the one that is meant (Linux on this machine's architecture)",
        placeholder: "OS/ARCH[/VARIANT]",
        parse: String,
        optional: true,
      },
      allPlatforms: flag("Fetch the images of all platforms, and the index that lists them"),
      mirror: {
        kind: "parsed",
        brief: "A server to ask before the registry; may be given several times",
        placeholder: "URL",
        parse: String,
        variadic: true,
        optional: true,
      },
      plainHttp: flag("Speak HTTP with the registry, which hides nothing"),
      username: {
        kind: "parsed",
        brief: "Who to be to the registry",
        placeholder: "NAME",
        parse: String,
        optional: true,
      },
      passwordStdin: flag("Read that one's password, or token, from standard input"),
      json: flag("Print the result as one JSON document"),
      quiet: flag("Print nothing but errors, and JSON if asked for"),
    },
    aliases: { q: "quiet" },
  },
  docs: { brief: "Fetch a container image from a registry", fullDescription: DESCRIPTION },
});
