/**
 * What computestorage.dll is told of layers, in JSON.
 *
 * Source: Microsoft, Host Compute System API, "LayerData" in the schema reference; hcsshim, computestorage.
 */

/** A layer below, as the filter knows it. */
export interface FilterLayer {
  /** A GUID. */
  readonly id: string;

  /** A directory that has what the layer shows. */
  readonly path: string;
}

const SCHEMA = { Major: 2, Minor: 1 };

/** What lays a scratch disk over directories of volumes. @param layers  the nearest first; to detach none */
export function unionLayerData(layers: readonly FilterLayer[] = []): string {
  return JSON.stringify({
    SchemaVersion: SCHEMA,
    ...(layers.length > 0 && { Layers: layers.map(({ id, path }) => ({ Id: id, Path: path })) }),
    FilterType: "UnionFS",
  });
}
