/** Where a page may have a CIM go, and what else it may ask. */
import { type CimOptions, type CimPlan, cimPlanOf } from "../../cim/cim-options.ts";
import { ErrorCode, ImageError } from "../../errors.ts";
import type { WebCimParts } from "../web-image-source.ts";

export interface WebCimOptions extends CimOptions {
  /** The CIM of the layer below, which has the whole tree, with all its regions. Default: none, the layer is a base. */
  parent?: WebCimParts;

  /**
   * Name of a folder in the target for hives, and what else Windows wants to see as files: letters, digits, `_` and `-`. Default:
   * none, they are in the CIM alone.
   */
  layerDirectory?: string;
}

export interface WebCimPlan extends CimPlan {
  readonly parent: WebCimParts | undefined;
  readonly layerDirectory: string | undefined;
}

/** @throws ImageError  InvalidArgument: an option that makes no sense */
export function webCimPlanOf(options: WebCimOptions): WebCimPlan {
  const { parent, layerDirectory } = options;
  const plan = { ...cimPlanOf(options), parent, layerDirectory };
  if (plan.fork && parent === undefined) {
    throw new ImageError(ErrorCode.InvalidArgument, "fork: needs a parent to refer to");
  }
  if (layerDirectory !== undefined && !/^[\w-]+$/.test(layerDirectory)) {
    throw new ImageError(
      ErrorCode.InvalidArgument,
      `layerDirectory: "${layerDirectory}" is no name of letters, digits, _ and -`,
    );
  }
  return plan;
}
