/** What vite puts into modules. */
interface ImportMeta {
  readonly env: { readonly DEV: boolean };
}

declare module "*.css" {}
