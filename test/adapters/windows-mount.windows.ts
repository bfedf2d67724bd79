/** Mounts of Windows's layers, step by step, with doubles of the DLLs: what is done, in which order, and what is left. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bind, unbind } from "../../src/adapters/windows/bind-filter.ts";
import { volumeIdOf, volumePath } from "../../src/adapters/windows/cim-volume.ts";
import { mounter } from "../../src/adapters/windows/mount.ts";
import { ErrorCode, type ImageError, type Mount } from "../../src/index.ts";
import { calls, failAt, openHandles, startDoubles } from "../fixtures/doubles.ts";
import { rejects } from "../fixtures/rejects.ts";
import { scratchFolder } from "../fixtures/scratch.ts";
import {
  asResult,
  assertClean,
  failingAtEach,
  type Layers,
  parentsOption,
  someLayers,
  steps,
} from "../fixtures/windows-machine.ts";
import { areDoubles } from "../oracles/doubles.ts";

const layerMount = (layers: Layers, ...options: string[]): Mount => ({
  type: "windows-layer",
  source: layers.top,
  target: "",
  options: [...options, parentsOption(layers)],
});

/** Mounts with each call failing in turn, and then with none: nothing is left of an attempt that would stand in the way. */
async function mountsOrNothing(layers: Layers, mount: Mount): Promise<void> {
  await mounter.mount(mount, layers.target);
  const whole = calls();
  await mounter.unmount(layers.target);
  await failingAtEach(whole, async (call, demand) => {
    demand();
    const error: ImageError = await rejects(mounter.mount(mount, layers.target), ErrorCode.FailedPrecondition);
    assert.match(error.message, "ERROR_SHARING_VIOLATION", call);
    assert.not.match(error.message, "could not be undone", call);
    assertClean(layers);
  });
  await mounter.mount(mount, layers.target);
  await mounter.unmount(layers.target);
  assertClean(layers);
}

/** Unmounts with each call failing in turn, and then again: what was done stays done. */
async function unmountsInTheEnd(layers: Layers, mount: Mount): Promise<void> {
  await mounter.mount(mount, layers.target);
  const before = calls().length;
  await mounter.unmount(layers.target);
  const whole = calls().slice(before);
  await failingAtEach(whole, async (call, demand) => {
    await mounter.mount(mount, layers.target);
    demand();
    const error = await rejects(mounter.unmount(layers.target), ErrorCode.FailedPrecondition);
    assert.match(error.message, "ERROR_SHARING_VIOLATION", call);
    assert.is(await mounter.unmount(layers.target), true, call);
    assertClean(layers);
  });
}

const windowsLayer = suite("mounts of windows-layer");

if (areDoubles(windowsLayer)) {
  windowsLayer("are active, prepared and bound, and then no more", async () => {
    const layers = someLayers();
    await mounter.mount(layerMount(layers, "rw"), layers.target);
    assert.equal(steps(), ["ActivateLayer", "PrepareLayer", "BfSetupFilter"]);
    const [prepared] = calls("PrepareLayer");
    assert.equal(
      prepared!.arguments.descriptors.map(({ Path }: { Path: string }) => Path),
      [layers.middle, layers.base],
    );
    const bound = calls("BfSetupFilter")[0]!.arguments;
    assert.is(bound.virtualizationRootPath, layers.target);
    assert.match(bound.virtualizationTargetPath, /^\\\\\?\\Volume\{[-0-9a-f]+\}\\$/);
    assert.is(bound.flags, 0x40);
    assert.is(openHandles().length, 3);
    assert.is(await mounter.unmount(layers.target), true);
    assert.equal(steps().slice(3), ["BfRemoveMapping", "UnprepareLayer", "DeactivateLayer"]);
    assertClean(layers);
    assert.is(await mounter.unmount(layers.target), false);
  });

  windowsLayer("are read-only if asked so", async () => {
    const layers = someLayers();
    await mounter.mount(layerMount(layers, "ro"), layers.target);
    assert.is(calls("BfSetupFilter")[0]!.arguments.flags, 0x41);
    await mounter.unmount(layers.target);
    assertClean(layers);
  });

  windowsLayer("of a base layer show its Files", async () => {
    const layers = someLayers();
    const mount = { type: "windows-layer", source: layers.base, target: "", options: ["ro"] };
    await mounter.mount(mount, layers.target);
    assert.is(calls("BfSetupFilter")[0]!.arguments.virtualizationTargetPath, join(layers.base, "Files"));
    await mounter.unmount(layers.target);
    assertClean(layers);
  });

  windowsLayer("without parents are refused where there are no Files", async () => {
    const layers = someLayers();
    rmSync(join(layers.base, "Files"), { recursive: true });
    const mount = { type: "windows-layer", source: layers.base, target: "", options: ["ro"] };
    const error = await rejects(mounter.mount(mount, layers.target), ErrorCode.NotFound);
    assert.match(error.message, "Files: is not there");
    assertClean(layers);
  });

  windowsLayer("leave nothing wherever a step fails", async () => {
    const layers = someLayers();
    await mountsOrNothing(layers, layerMount(layers, "rw"));
  });

  windowsLayer("that can be neither made nor undone are taken off later", async () => {
    const layers = someLayers();
    failAt("PrepareLayer", asResult("PrepareLayer"));
    failAt("DeactivateLayer", 0x80070005);
    const error = await rejects(mounter.mount(layerMount(layers), layers.target), ErrorCode.FailedPrecondition);
    assert.match(
      error.message,
      /^prepare layer .*ERROR_SHARING_VIOLATION.* could not be undone: deactivate layer .*ACCESS_DENIED/,
    );
    assert.is((error.cause as AggregateError).errors.length, 2);
    assert.is(openHandles().length, 1);
    assert.is(await mounter.unmount(layers.target), true);
    assertClean(layers);
  });

  windowsLayer("are taken off by the next attempt wherever a step of the first fails", async () => {
    const layers = someLayers();
    await unmountsInTheEnd(layers, layerMount(layers, "rw"));
  });

  windowsLayer("are one for each place", async () => {
    const layers = someLayers();
    await mounter.mount(layerMount(layers, "rw"), layers.target);
    const before = calls().length;
    await rejects(mounter.mount(layerMount(layers, "rw"), layers.target), ErrorCode.FailedPrecondition);
    assert.is(calls().length, before);
    await mounter.unmount(layers.target);
    assertClean(layers);
  });

  windowsLayer("are one for each place, also where the record of the first is out of sight under it", async () => {
    const layers = someLayers();
    await bind(layers.target, layers.base, false);
    const error = await rejects(mounter.mount(layerMount(layers, "rw"), layers.target), ErrorCode.FailedPrecondition);
    assert.match(error.message, /^bind .*: something is mounted there already/);
    assert.equal(openHandles(), [`binding ${layers.target}`]);
    assert.is(await unbind(layers.target), true);
    assertClean(layers);
  });

  windowsLayer("of many at once are prepared one after another", async () => {
    const all = [someLayers()];
    const [first] = all as [Layers];
    for (let more = 0; more < 3; more++) {
      const other = someLayers();
      all.push({ ...first, top: other.top, target: other.target });
    }
    await Promise.all(all.map((each) => mounter.mount(layerMount(each, "rw"), each.target)));
    await Promise.all(all.map(({ target }) => mounter.unmount(target)));
    for (const each of all) assertClean(each);
  });

  windowsLayer("of containerd's are taken off too", async () => {
    const layers = someLayers();
    await mounter.mount(layerMount(layers, "rw"), layers.target);
    rmSync(`${layers.target}:layerkiln.mount`); // as it left them: with a record of its own, in what is mounted
    writeFileSync(`${layers.target}:containerd.io-source`, layers.top);
    assert.is(await mounter.unmount(layers.target), true);
    assertClean(layers);
  });

  windowsLayer("of a process that was killed half-way are taken off", async () => {
    const layers = someLayers();
    const record = JSON.stringify({ type: "windows-layer", layer: layers.top });
    writeFileSync(`${layers.target}:layerkiln.mount`, record); // it wrote this, and came to no step
    assert.is(await mounter.unmount(layers.target), true);
    assertClean(layers);
  });
}

windowsLayer.run();

const cimFs = suite("mounts of CimFS");

const CIM = "cim-layers\\2.cim";

const cimMount = (layers: Layers, ...options: string[]): Mount => ({
  ...layerMount(layers, ...options),
  type: "CimFS",
});

/** With the CIM of the layer in the middle. */
function someCims(): Layers & { cim: string } {
  const layers = someLayers();
  const cim = join(layers.top, "..", CIM);
  mkdirSync(join(cim, ".."));
  writeFileSync(cim, "the double reads none when it mounts");
  return { ...layers, cim };
}

if (areDoubles(cimFs)) {
  cimFs("lay a scratch disk over the nearest layer's CIM", async () => {
    const layers = someCims();
    await mounter.mount(cimMount(layers, "rw"), layers.target);
    assert.equal(steps(), ["CimMountImage", "ActivateLayer", "HcsAttachOverlayFilter", "BfSetupFilter"]);
    const volume = volumeIdOf(layers.target.toLowerCase());
    const mounted = calls("CimMountImage")[0]!.arguments;
    assert.equal(
      [mounted.imageContainingPath, mounted.imageName, mounted.volumeId],
      [join(layers.cim, ".."), "2.cim", volume],
    );
    const data = JSON.parse(calls("HcsAttachOverlayFilter")[0]!.arguments.layerData);
    assert.equal(data.Layers, [{ Id: volume, Path: `${volumePath(volume)}Files` }]);
    const before = calls().length;
    assert.is(await mounter.unmount(layers.target), true);
    assert.equal(steps().slice(steps().indexOf("BfRemoveMapping")), [
      "BfRemoveMapping",
      "HcsDetachOverlayFilter",
      "DeactivateLayer",
      "CimDismountImage",
    ]);
    assert.ok(calls().length > before);
    assertClean(layers);
  });

  cimFs("show a CIM alone where it has no parents", async () => {
    const layers = someCims();
    const mount = { type: "CimFS", source: layers.middle, target: "", options: ["ro", `cimpath=${layers.cim}`] };
    await mounter.mount(mount, layers.target);
    assert.equal(steps(), ["CimMountImage", "BfSetupFilter"]);
    assert.is(calls("BfSetupFilter")[0]!.arguments.flags, 0x41);
    await mounter.unmount(layers.target);
    assertClean(layers);
  });

  cimFs("are bound by the root of their volumes, however that is named", async () => {
    const layers = someCims();
    await mounter.mount(cimMount(layers, "rw"), layers.target);
    const volume = volumePath(volumeIdOf(layers.target.toLowerCase()));
    const place = scratchFolder();
    for (const name of [volume, volume.slice(0, -1)]) {
      await bind(place, name, true);
      assert.is(calls("BfSetupFilter").at(-1)!.arguments.virtualizationTargetPath, volume);
      assert.is(await unbind(place), true);
    }
    assert.is(await unbind(place), false);
    await mounter.unmount(layers.target);
    assertClean(layers);
  });

  cimFs("leave nothing wherever a step fails", async () => {
    const layers = someCims();
    await mountsOrNothing(layers, cimMount(layers, "rw"));
  });

  cimFs("are taken off by the next attempt wherever a step of the first fails", async () => {
    const layers = someCims();
    await unmountsInTheEnd(layers, cimMount(layers, "rw"));
  });
}

cimFs.run();

const refused = suite("mounts that are refused");

if (areDoubles(refused)) {
  refused("are of types that Windows itself does not mount", async () => {
    const layers = someLayers();
    for (const [type, says] of [
      ["lcow-layer", "Linux in a virtual machine"],
      ["BlockCIM", "their runtime"],
      ["ext4", "layerkiln attach"],
      ["overlay", "Windows mounts no such type"],
    ] as const) {
      const mount = { type, source: layers.top, target: "", options: [] };
      const error = await rejects(mounter.mount(mount, layers.target), ErrorCode.Unsupported);
      assert.match(error.message, says);
    }
    assert.equal(calls(), []);
  });

  refused("have options that are not to be had, or no place; nothing is done then", async () => {
    const layers = someLayers();
    await rejects(mounter.mount(layerMount(layers, "noexec"), layers.target), ErrorCode.InvalidArgument);
    await rejects(mounter.mount(layerMount(layers), `${layers.target}\\none`), ErrorCode.NotFound);
    await rejects(mounter.mount(layerMount(layers), `${layers.target}\0`), ErrorCode.InvalidArgument);
    assert.equal(calls(), []);
    assertClean(layers);
  });

  refused("are not unmounted later", async () => {
    startDoubles();
    await rejects(mounter.unmount("C:\\mnt", true), ErrorCode.Unsupported);
    assert.equal(calls(), []);
  });
}

refused.run();
