/**
 * What to add to containerd's configuration, so that it calls our server.
 *
 * Source: containerd, docs/PLUGINS.md ("Proxy Plugins"), docs/cri/config.md, docs/transfer.md.
 */

/** 2: of containerd 1.6 and 1.7. 3: of containerd 2. */
export type ConfigVersion = 2 | 3;

export interface ConfigOptions {
  /** Path of containerd's configuration. */
  readonly file: string;

  readonly version: ConfigVersion;

  /** What containerd shall call the snapshotter; its differ is called so too, with `-diff` behind it. */
  readonly name: string;

  /** Of the server: the path of a socket, or a pipe as `\\.\pipe\…`, which each release dials. */
  readonly address: string;

  /** Where the server keeps snapshots: Kubernetes asks how full that disk is. */
  readonly root: string;

  /** Whether the server has a differ: containerd 1.7 and 2 take it. */
  readonly hasDiffer: boolean;

  /** Of the layers that it unpacks, such as "linux/amd64". */
  readonly platform: string;

  /** What containerd has by itself, and shall go on to have. */
  readonly builtIn: BuiltIn;
}

export interface BuiltIn {
  readonly snapshotter: string;
  readonly platform: string;

  /** Those that are asked of all layers, the one of `snapshotter` first. */
  readonly differs: readonly [string, ...string[]];
}

/** TOML, to be pasted. */
export function containerdConfig(options: ConfigOptions): string {
  const { version, name, hasDiffer } = options;
  const sections = [
    header(options),
    plugin(options, name, "snapshot"),
    exportsOf(options),
    ...(hasDiffer ? [plugin(options, `${name}-diff`, "diff"), differs(options)] : []),
    ...(version === 3 ? [transfer(options)] : []),
    kubernetes(options),
  ];
  return sections.join("\n");
}

function header({ file, version, name, hasDiffer }: ConfigOptions): string {
  const releases =
    version === 3 ? "2" : hasDiffer ? "1.7; 1.6 knows no differs and does not start with this" : "1.6 and 1.7";
  return `# For ${file} of containerd ${releases}.
# Tables that are there already are to be joined with these.
# Then: ctr images pull --snapshotter ${name} …, nerdctl --snapshotter ${name} …
version = ${version}
`;
}

function plugin({ address }: ConfigOptions, name: string, type: "snapshot" | "diff"): string {
  return `[proxy_plugins.${quote(name)}]
  type = ${quote(type)}
  address = ${quote(address)}
`;
}

function exportsOf({ name, root }: ConfigOptions): string {
  return `[proxy_plugins.${quote(name)}.exports]
  root = ${quote(root)}
`;
}

function differs({ name, builtIn }: ConfigOptions): string {
  return `# Ours first: the others would unpack layers without a word that are for our snapshotter.
[plugins."io.containerd.service.v1.diff-service"]
  default = [${[`${name}-diff`, ...builtIn.differs].map(quote).join(", ")}]
`;
}

/**
 * In containerd 2 a service of its own unpacks what is pulled and imported, for the snapshotters alone that it is told of: so
 * it is told of its own again.
 */
function transfer({ name, platform, hasDiffer, builtIn }: ConfigOptions): string {
  const [differ] = builtIn.differs;
  return [
    unpacking(builtIn.platform, builtIn.snapshotter, differ),
    unpacking(platform, name, hasDiffer ? `${name}-diff` : differ),
  ].join("\n");
}

function unpacking(platform: string, snapshotter: string, differ: string): string {
  return `[[plugins."io.containerd.transfer.v1.local".unpack_config]]
  platform = ${quote(platform)}
  snapshotter = ${quote(snapshotter)}
  differ = ${quote(differ)}
`;
}

function kubernetes({ version, name }: ConfigOptions): string {
  const table =
    version === 3 ? `[plugins."io.containerd.cri.v1.images"]` : `[plugins."io.containerd.grpc.v1.cri".containerd]`;
  return `# For the containers of Kubernetes too, without the #:
# ${table}
#   snapshotter = ${quote(name)}
`;
}

/** A TOML string; those of JSON are such. */
const quote = (text: string): string => JSON.stringify(text);
