/**
 * What the page may do, as browsers keep it: load and run what its own server has, and nothing else.
 *
 * Source: W3C, Content Security Policy Level 3; WHATWG, Fetch and HTML standards.
 */

/** Stands in the page itself too, so that it holds wherever the page is served from. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Browsers heed `frame-ancestors` in a header only. */
export const SECURITY_HEADERS = {
  "Content-Security-Policy": `${PAGE_POLICY}; frame-ancestors 'none'`,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;
