/** The version of this package: a page cannot read its package.json. */
export const VERSION = "0.1.0";
