import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { waitFor } from '../../test/support/wait-for.ts'
import type { Connection, Program } from '../kit/connection.ts'
import { signIn } from '../kit/pages.ts'
import { Printing } from '../kit/printing.ts'

/** oidc-agent, which gets tokens for the command line with a public client, set up by the command that Gatehouse prints. */
export const oidcAgent: Program = {
  name: 'oidc-agent',
  needs: ['oidc-agent'],
  async connect(connection) {
    const { issuer, person } = connection
    const { configuration } = await connection.preset('oidc-agent')
    const [generate = ''] = (configuration[0]?.text ?? '').split('\n\n')
    const command = generate.replace('localhost:4242', `localhost:${await connection.freePort()}`)
    const { folder, env, stop } = await startAgent(connection)
    const token = async (...options: string[]) =>
      (await connection.run(['oidc-token', ...options, 'gatehouse'], folder, env)).trim()

    try {
      await connection.check('gets tokens for a person who signs in', async () => {
        const pasted = new Printing(
          'sh',
          ['-c', `${command} --no-url-call --pw-cmd='echo of this account'`],
          folder,
          env,
        )
        const page = await connection.open()
        await page.goto(await pasted.printed(/^http\S+/m))
        await signIn(page, issuer, person)
        await pasted.ended()
        assert.equal((await userinfo(issuer, await token())).email, person.email)
      })
      await connection.check('refreshes its tokens', async () => {
        const before = await token()
        const after = await token('--force-new')
        assert.notEqual(before, after)
        assert.ok((await userinfo(issuer, after)).roles?.includes('editor'))
      })
      await connection.check('revokes its tokens when the account is deleted', async () => {
        const last = await token()
        const password = '--pw-cmd=echo of this account'
        await connection.run(['oidc-gen', '--delete', '--confirm-yes', password, 'gatehouse'], folder, env)
        await waitFor(async () => (await userinfo(issuer, last)).email === undefined, { seconds: 20 })
      })
    } finally {
      stop()
    }
  },
}

/** An agent that keeps its accounts in a folder of its own. It goes to the background, and says where it listens. */
async function startAgent(connection: Connection) {
  const folder = await connection.folder()
  await mkdir(`${folder}/.oidc-agent`)
  const printed = await connection.run(['oidc-agent'], folder, { HOME: folder })
  const [, socket = ''] = /OIDC_SOCK=([^;]+)/.exec(printed) ?? []
  const [, pid = ''] = /OIDCD_PID=(\d+)/.exec(printed) ?? []
  assert.ok(socket && pid, printed)
  return { folder, env: { HOME: folder, OIDC_SOCK: socket }, stop: () => process.kill(Number(pid)) }
}

async function userinfo(issuer: string, token: string): Promise<{ email?: string; roles?: string[] }> {
  const answer = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${token}` } })
  return answer.ok ? (answer.json() as Promise<object>) : {}
}
