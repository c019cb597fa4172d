import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findViews } from '../../../i18n/view-files.ts'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

const SWAGGER_UI = import.meta.resolve('swagger-ui-dist/package.json')

/** The browser builds of libraries, and the licences that must come with them. */
const LIBRARIES = {
  'simplewebauthn.js': new URL('../dist/bundle/index.umd.min.js', import.meta.resolve('@simplewebauthn/browser')),
  'swagger-ui.css': new URL('swagger-ui.css', SWAGGER_UI),
  'swagger-ui-bundle.js': new URL('swagger-ui-bundle.js', SWAGGER_UI),
  'swagger-ui-bundle.js.LICENSE.txt': new URL('swagger-ui-bundle.js.LICENSE.txt', SWAGGER_UI),
  'swagger-ui-LICENSE.txt': new URL('LICENSE', SWAGGER_UI),
  'swagger-ui-NOTICE.txt': new URL('NOTICE', SWAGGER_UI),
}

interface Asset {
  /** Content-Type */
  type: string
  body: Buffer
  /** a strong entity tag with its quotes (RFC 9110 section 8.8.3) */
  etag: string
  /** URL, with the base path */
  address: string
}

/** Style sheets, scripts and images, read at startup. Their URLs contain a hash of the content, so they can be cached forever. */
export class Assets {
  #assets = new Map<string, Asset>()

  constructor({ basePath, viewsDir }: { basePath: string; viewsDir: string | null }) {
    const libraries = Object.entries(LIBRARIES).map(([name, url]) => [`assets/${name}`, fileURLToPath(url)] as const)
    for (const [view, file] of [...libraries, ...findViews(viewsDir)]) {
      const type = types[extname(view)]
      if (!view.startsWith('assets/') || type == null) continue
      const name = view.slice('assets/'.length)
      const body = readFileSync(file)
      const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16)
      this.#assets.set(name, { type, body, etag: `"${hash}"`, address: `${basePath}/assets/${name}?v=${hash}` })
    }
  }

  lookup(name: string): Asset | undefined {
    return this.#assets.get(name)
  }

  /** @throws Error if there is no such asset */
  address(name: string): string {
    const asset = this.#assets.get(name)
    if (!asset) throw new Error(`There is no asset ${name}`)
    return asset.address
  }
}
