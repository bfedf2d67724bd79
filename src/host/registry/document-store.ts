/** Documents of an image while it is pulled: those of the layout, and of the registry what that lacks. */
import type { BlobStore } from "../oci/blob-store.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { LayoutWriter } from "../oci/layout-writer.ts";
import type { Document, RegistryDocuments } from "./documents.ts";

export class DocumentStore implements BlobStore {
  /**
   * @param root   what the image's name stands for, which need not be asked for again
   * @param keeps  whether all that is read goes into the layout
   */
  constructor(
    private readonly documents: RegistryDocuments,
    private readonly layout: LayoutWriter,
    private readonly root: Document,
    private readonly keeps: boolean,
  ) {}

  async read(document: Descriptor, signal?: AbortSignal): Promise<Uint8Array> {
    const isRoot = document.digest === this.root.descriptor.digest;
    if (!isRoot && (await this.layout.has(document, signal))) return this.layout.read(document);
    const bytes = isRoot ? this.root.bytes : await this.documents.read(document, signal);
    if (this.keeps) await this.layout.write(document, bytes, signal);
    return bytes;
  }
}
