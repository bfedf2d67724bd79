/** Files of a tree by their IDs in an image, which are mostly numbers in a row: pages of them, made when they are needed. */
import { allocate } from "../bytes/memory";
import { IdTable } from "../tree/id-table";
import { WindowsFile } from "../tree/windows/file";

const FILES_A_PAGE: u32 = 64;

export class FileMap {
  /** Addresses of pages, by their numbers from 1. */
  private pages: IdTable = new IdTable();

  get(id: u32): WindowsFile | null {
    const page = <usize>this.pages.get(1 + id / FILES_A_PAGE);
    return page != 0 ? load<WindowsFile | null>(slot(page, id)) : null;
  }

  set(id: u32, file: WindowsFile): void {
    let page = <usize>this.pages.get(1 + id / FILES_A_PAGE);
    if (page == 0) {
      page = allocate(FILES_A_PAGE * sizeof<usize>());
      this.pages.set(1 + id / FILES_A_PAGE, page);
    }
    store<WindowsFile>(slot(page, id), file);
  }
}

function slot(page: usize, id: u32): usize {
  return page + (id % FILES_A_PAGE) * sizeof<usize>();
}
