/** What `serve --print-config` prints, as containerd understands it. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { containerd, containerd2, containerd17, dumpConfig, type Installation } from "../oracles/containerd.ts";
import { layerkiln } from "../oracles/layerkiln.ts";
import { ask, present } from "../oracles/oracle.ts";

const SOCKET = '/run/a "b"/c.sock';

const printed = (snapshotter: string, version: string) => {
  const words = ["--snapshotter", snapshotter, "--address", SOCKET, "--config-version", version];
  return ask(process.execPath, [layerkiln, "serve", ...words, "--print-config"]);
};

/** The lines of each table, in order, by its name: versions differ in blanks, quotes and order. */
function tablesOf(dump: string): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let table = "";
  for (const line of dump.split("\n").map((line) => line.trim())) {
    if (line.startsWith("[")) table = line.replaceAll(/["']/g, "");
    else if (line !== "") tables.set(table, [...(tables.get(table) ?? []), line.replaceAll("'", '"')].sort());
  }
  return tables;
}

function tests(config: ReturnType<typeof suite>, installation: Installation): void {
  const dump = (snapshotter: string) => dumpConfig(installation, printed(snapshotter, installation.configVersion));
  const has = (tables: Map<string, string[]>, table: string, ...lines: string[]) => {
    const found = tables.get(table) ?? [];
    for (const line of lines) assert.ok(found.includes(line), `${table} has ${line}: ${found.join("; ")}`);
  };

  config("names the snapshotter and its socket", () => {
    const understood = tablesOf(dump("overlay").replaceAll('\\"', '"'));
    has(understood, "[proxy_plugins.layerkiln-overlay]", 'type = "snapshot"', `address = "${SOCKET}"`);
    has(understood, "[plugins.io.containerd.service.v1.diff-service]", 'default = ["walking"]');
  });

  if (installation === containerd) {
    config("of a differ would stop 1.6, and says so", () => {
      assert.match(printed("ext4", "2"), "1.6 knows no differs and does not start with this");
      assert.throws(() => dump("ext4"), /panic: plugin: no type/);
    });
    return;
  }

  config("names the differ, and asks it first", () => {
    const understood = tablesOf(dump("ext4"));
    has(understood, "[proxy_plugins.layerkiln-ext4-diff]", 'type = "diff"');
    has(understood, "[proxy_plugins.layerkiln-ext4.exports]", 'root = "/var/lib/layerkiln/ext4"');
    const differs = 'default = ["layerkiln-ext4-diff", "walking"]';
    has(understood, "[plugins.io.containerd.service.v1.diff-service]", differs);
  });

  if (installation !== containerd2) return;
  for (const [snapshotter, differ, own, others] of [
    ["ext4", "layerkiln-ext4-diff", "overlayfs", "walking"],
    ["overlay", "walking", "overlayfs", "walking"],
    ["lcow", "layerkiln-lcow-diff", "windows", "windows"],
  ] as const) {
    config(`has ${snapshotter} unpacked by ${differ}, and the rest as before`, () => {
      const unpacking = tablesOf(dump(snapshotter)).get("[[plugins.io.containerd.transfer.v1.local.unpack_config]]")!;
      const lines = [`snapshotter = "layerkiln-${snapshotter}"`, `differ = "${differ}"`];
      for (const line of [...lines, `snapshotter = "${own}"`, `differ = "${others}"`])
        assert.ok(unpacking.includes(line));
    });
  }
}

for (const installation of [containerd, containerd17, containerd2]) {
  const config = suite(`configuration of ${installation.name}`);
  if (present(installation, config)) tests(config, installation);
  config.run();
}
