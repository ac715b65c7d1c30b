/**
 * The built window as files: where each lies, what it is, and the headers that it carries. The host serves them to browsers;
 * Electron's main process reads them itself, so that the page loads while the host still opens the workspace.
 */
import { extname, isAbsolute, join, relative, sep } from 'node:path'

/** The window loads its own files and nothing else. Styles set by attribute are how charts and pop-ups are placed. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // Vue's is the one policy that the built window needs: for templates with long runs of elements that never change.
  'trusted-types vue',
].join('; ')

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

export const contentType = (extension: string): string =>
  types[extension.toLowerCase()] ?? 'application/octet-stream'

/** Whether `path` is `folder` itself or lies below it; both already resolved. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** What is answered and not read from a file. */
export const callAreas: readonly string[] = ['rpc', 'upload', 'events', 'download']

export interface WindowFile {
  /** null: no file of the window can have this name. */
  readonly path: string | null
  /** The name as it was understood: that of the page, for addresses that are the page's own business. */
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}

export const pageName = 'index.html'

/** The file behind an address, with `pathname` decoded. The window's routes are its own: a path without an extension is the page. */
export function windowFile(folder: string, pathname: string): WindowFile {
  const name = extname(pathname) === '' ? pageName : pathname
  const path = join(folder, name)
  return {
    path: isInside(folder, path) && !path.includes('\0') ? path : null,
    name,
    headers: {
      ...securityHeaders,
      'content-type': contentType(extname(name)),
      // Vite puts a content hash into the names below assets/.
      'cache-control': pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  }
}
