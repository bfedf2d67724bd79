/** Volumes: which one a CIM becomes, and how far a filesystem can grow. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { volumeIdOf, volumePath } from "../../src/adapters/windows/cim-volume.ts";
import { unionLayerData } from "../../src/adapters/windows/layer-data.ts";
import { sectorsToFill } from "../../src/adapters/windows/volume.ts";

const volumes = suite("volumes");

volumes("of CIMs have the GUID that hcsshim gives to a container of that name", () => {
  assert.is(volumeIdOf("test"), "738f7a76-5f2d-5fc5-aa43-120530a48964");
});

volumes("of CIMs have GUIDs of version 5, one for each name", () => {
  const ids = Array.from({ length: 100 }, (_, index) => volumeIdOf(`c:\\target\\${index}`));
  assert.is(new Set(ids).size, 100);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

volumes("of CIMs are known to computestorage.dll as layers of a union", () => {
  const id = volumeIdOf("test");
  const path = `${volumePath(id)}Files`;
  assert.is(path, "\\\\?\\Volume{738f7a76-5f2d-5fc5-aa43-120530a48964}\\Files");
  assert.equal(JSON.parse(unionLayerData([{ id, path }])), {
    SchemaVersion: { Major: 2, Minor: 1 },
    Layers: [{ Id: id, Path: path }],
    FilterType: "UnionFS",
  });
  assert.equal(JSON.parse(unionLayerData()), { SchemaVersion: { Major: 2, Minor: 1 }, FilterType: "UnionFS" });
});

const GIB = 2 ** 30;

const SIZES: [why: string, partition: number, filesystem: number, sectors: number | undefined][] = [
  ["a disk that grew", 20 * GIB, 10 * GIB - 4096, (20 * GIB) / 512],
  ["one that did not", 10 * GIB, 10 * GIB - 4096, undefined],
  ["a filesystem that fills it", 10 * GIB, 10 * GIB, undefined],
  ["a cluster more than NTFS keeps", 10 * GIB, 10 * GIB - 8192, (10 * GIB) / 512],
  ["a part of a cluster at the end", 20 * GIB + 4095, 10 * GIB, (20 * GIB) / 512],
  ["one that is smaller than its filesystem", 10 * GIB, 20 * GIB, undefined],
];

for (const [why, partition, filesystem, sectors] of SIZES) {
  volumes(`come to fill their partitions: ${why}`, () => assert.is(sectorsToFill(partition, filesystem), sectors));
}

volumes.run();
