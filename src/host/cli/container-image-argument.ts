/** The arguments that all commands have which read a container image. */

export interface ContainerImageFlags {
  readonly platform?: string;
  readonly reference?: string;
}

export const CONTAINER_IMAGE = {
  brief: "A container image: an OCI layout (directory or tar), or what docker save writes",
  placeholder: "IMAGE",
  parse: String,
} as const;

export const containerImageFlags = {
  platform: {
    kind: "parsed",
    brief: "Which of several platforms, such as linux/arm64 (this machine's unless given)",
    placeholder: "OS/ARCH",
    parse: String,
    optional: true,
  },
  reference: {
    kind: "parsed",
    brief: "Which of several images: its tag or name",
    placeholder: "NAME",
    parse: String,
    optional: true,
  },
} as const;
