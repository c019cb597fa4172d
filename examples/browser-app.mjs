/**
 * A page that signs people in and calls an API, while the tokens stay on the server. Run it beside a Gatehouse on this
 * machine, from the folder of Gatehouse:
 *
 *   gatehouse clients add "Browser app" --profile web --redirect-uri http://localhost:4000/auth/callback \
 *     --post-logout-redirect-uri http://localhost:4000/
 *   ISSUER=http://localhost:3000 CLIENT_ID=… CLIENT_SECRET=… node examples/browser-app.mjs
 *
 * and open http://localhost:4000. It calls userinfo at Gatehouse; with RESOURCE, SCOPE and API (an identifier, a scope and
 * an address) an API that is registered there.
 */
import { createServer } from 'node:http'
import { browserSessions } from 'gatehouse/backend-for-frontend'

const { ISSUER = 'http://localhost:3000', CLIENT_ID, CLIENT_SECRET, PORT = '4000', RESOURCE, SCOPE, API } = process.env
const url = `http://localhost:${PORT}`

const sessions = browserSessions({
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  url,
  ...(RESOURCE && { resource: RESOURCE, scope: `openid profile email roles offline_access ${SCOPE}` }),
})
const api = sessions.forward('/api/whoami', API ?? `${ISSUER}/me`)

createServer((req, res) => {
  sessions.middleware(req, res, () => api(req, res, () => pages(req, res)))
}).listen(Number(PORT), 'localhost', () => console.log(`Open ${url}`))

async function pages(req, res) {
  try {
    const { pathname } = new URL(req.url, url)
    if (pathname === '/app.js') return answer(res, 200, 'text/javascript', SCRIPT)
    if (pathname === '/') return answer(res, 200, 'text/html', PAGE)
    if (pathname === '/notes' && req.method === 'POST') {
      // A handler of the application: only its own pages can call it, so it needs no form token.
      const session = await sessions.of(req)
      if (session === null) return answer(res, 401, 'text/plain', 'Sign in first.')
      return answer(res, 200, 'text/plain', `A note of ${session.claims.name}`)
    }
    answer(res, 404, 'text/plain', 'Not found')
  } catch (error) {
    sessions.errors(error, req, res)
  }
}

function answer(res, status, type, body) {
  const policy = `default-src 'self'; img-src data:; frame-ancestors 'none'; form-action 'self' ${new URL(ISSUER).origin}`
  res.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy }).end(body)
}

const PAGE = `<!doctype html>
<html lang="en">
<title>Browser app</title>
<link rel="icon" href="data:,">
<script type="module" src="/app.js"></script>
<h1>Browser app</h1>
<p id="who" role="status">…</p>
<p><a id="sign-in" href="/auth/sign-in?to=/" hidden>Sign in</a></p>
<div id="signed-in" hidden>
  <button id="call">Call the API</button>
  <button id="refresh">Refresh</button>
  <form method="post" action="/auth/sign-out"><button>Sign out</button></form>
</div>
<pre id="answer"></pre>
</html>`

const SCRIPT = `
const shown = id => document.getElementById(id)

async function show() {
  const response = await fetch('/auth/me')
  const person = response.ok ? await response.json() : null
  shown('who').textContent = person ? 'Hello, ' + person.name : 'You are not signed in.'
  shown('sign-in').hidden = person !== null
  shown('signed-in').hidden = person === null
}

async function call(path, options) {
  const response = await fetch(path, options)
  // The session has ended: sign in again, and come back here.
  if (response.status === 401) return location.assign('/auth/sign-in?to=' + encodeURIComponent(location.pathname))
  shown('answer').textContent = response.status + ' ' + (await response.text())
}

shown('call').addEventListener('click', () => call('/api/whoami'))
shown('refresh').addEventListener('click', () => call('/auth/refresh', { method: 'POST' }))
await show()
`
