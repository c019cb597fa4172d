import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { gatehouse } from '../support/command.ts'
import { PASSWORD } from '../support/people.ts'
import { findProgram } from '../support/programs.ts'
import { newcomer, npmStart } from './npm-start.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = `gatehouse() { '${process.execPath}' '${ROOT}bin/gatehouse.js' "$@"; }`

const byCurl = test.serial.runIf(findProgram('curl') !== null && findProgram('bash') !== null)

byCurl('with a superuser of npm start, the commands of docs/admin-api.md work, in their order', async t => {
  const env = await newcomer(t)
  const { url } = await npmStart(t, env)
  const made = await gatehouse(['create-superuser', 'root@example.org', '--password', PASSWORD], env)
  t.is(made.code, 0, made.stderr)
  const page = readFileSync(`${ROOT}docs/admin-api.md`, 'utf8')
  const blocks = [...page.matchAll(/^```sh\n([^`]*)^```/gm)].map(([, block]) => block!)
  t.true(blocks.length >= 8)
  const script = [COMMAND, 'set -euo pipefail', ...blocks, 'true'].join('\n').replaceAll('http://localhost:3000', url)
  // The answers of curl, one after another, which the page describes in words.
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, ...env }, maxBuffer: 2 ** 24 })
  t.regex(stdout, /"invitation_url":"http/)
  t.regex(stdout, /permits more than you may do yourself.*403/s)
  t.is(stdout.match(/http\S+\/impersonation\/[\w-]{43}/g)?.length, 2)
  t.regex(stdout, /"impersonations":\[\{[^}]+"reason":"Ticket 4711/)
  t.regex(stdout, /"description":"Answers the telephone"/)
  t.deepEqual(
    [...stdout.matchAll(/"status":([45]\d\d)/g)].map(([, status]) => status),
    ['403'],
  )
})
