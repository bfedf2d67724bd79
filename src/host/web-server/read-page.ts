/** The page, as it was built. */
import { ErrorCode, ImageError } from "../errors.ts";
import { ifThere } from "../if-there.ts";
import { Site } from "./site.ts";

/** @throws ImageError  NotFound, there is none at `folder` */
export async function readPage(folder: string): Promise<Site> {
  const site = await ifThere(Site.read(folder));
  if (site?.find("/") === undefined) {
    throw new ImageError(ErrorCode.NotFound, `web: no page is at ${folder}; npm run build makes it`);
  }
  return site;
}
