import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { listed } from '../../src/audit/listed-event.ts'
import { QUICK, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { waitFor } from '../support/wait-for.ts'
import { Hooks } from './hooks.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const page = await readFile(join(ROOT, 'docs/webhooks.md'), 'utf8')
const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' }, queueIntervals: QUICK })
const { app } = gatehouse
const hooks = new Hooks(gatehouse)
test.after.always(() => gatehouse.stop())

const TESTED = /<!-- test\/webhooks\/docs\.test\.ts runs this -->\n\n```(js|python)\n([\s\S]*?)```/g
const code = Object.fromEntries([...page.matchAll(TESTED)].map(([, language, text]) => [language, text!]))

/** What a program prints, as it comes. */
function output({ stdout, stderr }: ChildProcess): () => string {
  let text = ''
  for (const stream of [stdout, stderr]) stream?.setEncoding('utf8').on('data', chunk => (text += chunk))
  return () => text
}

test('the receiver for Node in the documentation accepts our events, and no forged ones', async t => {
  // Beside node_modules, where the program finds the library.
  const folder = await mkdtemp(join(ROOT, 'node_modules/.cache-webhook-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'receiver.mjs'), code.js!)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const { id, secret } = await hooks.add(url, ['account.unlocked'])
  const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }
  const program = spawn(process.execPath, [join(folder, 'receiver.mjs')], { env })
  t.teardown(() => program.kill())
  const printed = output(program)
  const forged = { method: 'POST', body: '{"type":"account.unlocked","data":{"subject":"eve"}}' }
  const answer = await waitFor(() => fetch(url, forged).catch(() => null), { what: printed })
  t.is(answer.status, 400)

  const ada = await makePerson(gatehouse)
  await hooks.happen('account.unlocked', ada)
  const [delivery] = await hooks.settled(id, 'delivered')
  await hooks.cli.json(`webhooks replay ${id} --delivery ${delivery!.id}`)
  await hooks.settled(id, 'delivered', { attempts: 2 })
  t.is(printed(), `account.unlocked ${ada.id}\n`, 'the replay is recognised')
})

test('the check in Python in the documentation accepts our requests, and no altered ones', async t => {
  const { secret, receiver } = await hooks.open(t, { kinds: ['profile.updated'] })
  await hooks.happen('profile.updated', await makePerson(gatehouse))
  const [{ headers, text }] = (await receiver.arrived(1)) as [(typeof receiver.received)[0]]
  const script = `${code.python}
import json, sys
given = json.load(sys.stdin)
print([verify(given["secret"], given["headers"], each.encode()) for each in given["bodies"]])`
  const python = spawn('python3', ['-c', script])
  const failed = once(python, 'error').then(() => 'this machine has no Python')
  const printed = output(python)
  python.stdin.on('error', () => {})
  python.stdin.end(JSON.stringify({ secret, headers, bodies: [text, `${text} `] }))
  const ended = await Promise.race([failed, once(python, 'close').then(printed)])
  if (ended.startsWith('this machine')) return t.pass(ended)
  t.is(ended, '[True, False]\n')
})

test('the documentation lists every field of an event', async t => {
  const ada = await makePerson(gatehouse)
  const [event] = await app.scope(() => app.audit.of(ada.id))
  const fields = Object.keys(listed(event!))
  const [, table = ''] = page.split('| field of `data` |')
  const documented = [...table.split('\n\n')[0]!.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!)
  t.deepEqual(documented.toSorted(), fields.toSorted())
})
