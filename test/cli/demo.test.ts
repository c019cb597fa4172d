import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Browser } from '../support/browser.ts'
import { gatehouse, Serving } from '../support/command.ts'
import { freePort } from '../support/programs.ts'
import { copyPglite, freshDatabase, freshRedis, SECRET_KEYS, servers } from '../support/servers.ts'
import { waitFor } from '../support/wait-for.ts'

const PASSWORD = 'a long enough sentence'
const EMAIL = 'ada@example.com'

test('signing a person out also signs them out of the bundled demo, although it listens on loopback', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-demo-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const shares = servers() ? await Promise.all([freshDatabase(), freshRedis()]) : null
  for (const share of shares ?? []) t.teardown(() => share.drop())
  if (!shares) await copyPglite(join(folder, 'data'))
  const [port, demoPort] = [await freePort(), await freePort()]
  const env = {
    DATA_DIR: join(folder, 'data'),
    PORT: String(port),
    DEMO_PORT: String(demoPort),
    PASSWORD_HASHING: 'm=64,t=1,p=1',
    EMAIL_VERIFICATION: 'off',
    ...(shares && {
      DATABASE_URL: shares[0].url,
      REDIS_URL: shares[1].url,
      SECRET_KEYS,
    }),
  }
  const made = await gatehouse(['accounts', 'register', EMAIL, '--password-stdin'], env, `${PASSWORD}\n`)
  t.is(made.code, 0, made.stderr)
  const serving = new Serving(env, shares ? ['--workers', '2'] : [])
  t.teardown(() => serving.stop('SIGKILL'))
  await serving.printed(/Ctrl-C to stop/)

  const [browser, provider] = [new Browser(`http://localhost:${demoPort}`), new Browser(`http://localhost:${port}`)]
  await browser.open('/sign-in')
  await provider.open(browser.page.url)
  await provider.submit({ email: EMAIL, password: PASSWORD })
  await provider.submit({ decision: 'allow' })
  await browser.open(provider.page.url)
  t.is(browser.heading, EMAIL)

  const ended = await gatehouse(['accounts', 'sign-out', EMAIL], env)
  t.is(ended.code, 0, ended.stderr)
  await waitFor(async () => (await browser.open('/')).heading === 'An application that keeps no passwords', {
    what: () => `the demo did not end its session:\n${serving.output}`,
  })

  t.is(await serving.stop(), 0)
  t.notRegex(serving.output, /"level":50/, 'nothing fails because the demo was following the list of revoked tokens')
})
