/** Serves the page, at whatever path the provider returns to, the library, and the settings of this run. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const { ISSUER, CLIENT_ID, PORT } = process.env
const settings = `export const issuer = '${ISSUER}', clientId = '${CLIENT_ID}'`

createServer(async ({ url }, response) => {
  const file = {
    '/page.js': 'page.js',
    '/library.js': 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js',
  }[url]
  response.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html')
  response.end(url === '/settings.js' ? settings : await readFile(file ?? 'page.html'))
}).listen(PORT)
