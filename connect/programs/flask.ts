import type { Connection, Program } from '../kit/connection.ts'
import { paste } from '../kit/pasting.ts'
import { installPython } from '../kit/python-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** Authlib with Flask, which sends a nonce but no PKCE. */
export const flask: Program = {
  name: 'flask',
  needs: ['python'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/auth`, '--post-logout-redirect-uri', `${url}/signed-out`],
    )
    const cwd = await installPython(connection)
    const env = { ISSUER: connection.issuer, CLIENT_ID: client.id, CLIENT_SECRET: client.secret }
    await connection.start(`${cwd}/venv/bin/flask`, ['run', '--port', String(port)], { cwd, port, env })

    const application = await WebApplication.open({ connection, client, url })
    await application.signsIn()
    await application.refreshes()
    await application.signsOut()
    await application.showsWrongSecret(/Internal Server Error/)
    await connectPasted(connection, cwd)
  },
}

/** With the code that Gatehouse prints. */
async function connectPasted(connection: Connection, cwd: string): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const preset = await connection.preset('authlib-flask', '--url', url)
  await paste(preset, `${cwd}/preset.py`, `${cwd}/pasted.py`)
  await connection.start(`${cwd}/venv/bin/flask`, ['--app', 'pasted', 'run', '--port', String(port)], { cwd, port })
  const application = await WebApplication.open({
    connection,
    client: preset,
    url,
    begin: page => page.goto(`${url}/sign-in`),
    async signOut(page) {
      await page.goto(`${url}/menu`)
      await page.getByRole('button', { name: 'Leave' }).click()
    },
  })
  await application.signsIn('as pasted')
  await application.signsOut('as pasted')
}
