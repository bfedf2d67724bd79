/** Addresses of servers, as people write them. */
import { resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { servicePlaces } from "../../src/adapters/windows/service-places.ts";
import { absoluteAddress, isPipe } from "../../src/host/grpc/address.ts";
import { servicePlacesOf } from "../../src/host/service-places.ts";

const address = suite("address of a server");

const PIPES: [why: string, given: string, pipe: string][] = [
  ["as Windows has it", "\\\\.\\pipe\\containerd-containerd", "\\\\.\\pipe\\containerd-containerd"],
  ["with slashes", "//./pipe/containerd-containerd", "\\\\.\\pipe\\containerd-containerd"],
  ["as Kubernetes has it", "npipe:////./pipe/containerd-containerd", "\\\\.\\pipe\\containerd-containerd"],
  ["with a scheme and backslashes", "npipe:\\\\.\\pipe\\a", "\\\\.\\pipe\\a"],
  ["in capitals, and its name kept", "\\\\.\\PIPE\\Docker/Engine", "\\\\.\\pipe\\Docker\\Engine"],
];

for (const [why, given, pipe] of PIPES) {
  address(`is a pipe: ${why}`, () => {
    assert.is(absoluteAddress(given), pipe);
    assert.ok(isPipe(pipe));
    assert.is(absoluteAddress(pipe), pipe);
  });
}

for (const given of ["/run/a.sock", "a/b.sock", "./pipe/a", "/./pipe/a", "\\\\.\\pipe\\", "a//./pipe/b"]) {
  address(`is a path, made whole: ${given}`, () => {
    assert.is(absoluteAddress(given), resolve(given));
  });
}

address("is by itself what the system's services have", () => {
  const unix = servicePlacesOf(undefined);
  assert.is(unix.address("ext4"), "/run/layerkiln/ext4.sock");
  assert.is(unix.root("ext4"), "/var/lib/layerkiln/ext4");

  const windows = servicePlaces({ ProgramData: "D:\\Data", ProgramFiles: "D:\\Programs" });
  assert.is(windows.root("lcow"), "D:\\Data\\layerkiln\\lcow");
  assert.is(windows.containerdConfig, "D:\\Programs\\containerd\\config.toml");
  for (const pipe of [windows.address("lcow"), windows.containerdAddress]) assert.is(absoluteAddress(pipe), pipe);
});

address.run();
