/** Serves the page, at whatever path the provider returns to, the library, and the settings of this run. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const { ISSUER, CLIENT_ID, PORT, PAGE = 'page', LIBRARY = 'browser/oidc-client-ts.min.js' } = process.env
const settings = `export const issuer = '${ISSUER}', clientId = '${CLIENT_ID}'`
const files = {
  '/page.js': `${PAGE}.js`,
  '/library.js': `node_modules/oidc-client-ts/dist/${LIBRARY}`,
  '/jwt-decode.js': 'node_modules/jwt-decode/build/esm/index.js',
}

createServer(async ({ url }, response) => {
  response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html')
  response.end(url === '/settings.js' ? settings : await readFile(files[url] ?? `${PAGE}.html`))
}).listen(PORT)
