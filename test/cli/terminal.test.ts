import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { gatehouse, Serving } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { findProgram, freePort } from '../support/programs.ts'
import { copyPglite, servers } from '../support/servers.ts'

/** A real terminal: `script`, of util-linux, runs a program on one. */
const script = process.platform === 'linux' ? findProgram('script') : null
const PASSWORD = 'a long enough sentence'

async function newcomer(t: ExecutionContext): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-terminal-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const dataDir = join(folder, 'data')
  await copyPglite(dataDir)
  return { DATA_DIR: dataDir, PASSWORD_HASHING: 'm=64,t=1,p=1' }
}

/** Types each line once its question has been asked. @returns the exit code and all that the terminal showed */
async function onTerminal(program: string, env: Record<string, string>, command: string, talk: [RegExp, string][]) {
  const line = `'${process.execPath}' bin/gatehouse.js ${command}`
  const child = spawn(program, ['-qec', line, '/dev/null'], { env: { PATH: process.env.PATH ?? '', ...env } })
  let shown = ''
  child.stdout.on('data', chunk => (shown += chunk))
  const ended = once(child, 'exit')
  for (const [question, answer] of talk) {
    if (!(await eventually(() => question.test(shown)))) throw new Error(`${question} was never asked:\n${shown}`)
    child.stdin.write(answer)
  }
  const [code] = await ended
  return { code, shown }
}

test('without a terminal a command does not prompt, and explains how to give the password', async t => {
  const { code, stderr } = await gatehouse(['create-superuser', 'ada@example.com'], await newcomer(t))
  t.is(code, 2)
  t.regex(stderr, /^gatehouse: asking for a password needs a terminal\n/)
})

if (script && !servers()) {
  test('on a terminal the password is asked for and never shown', async t => {
    const { code, shown } = await onTerminal(script, await newcomer(t), 'create-superuser ada@example.com', [
      [/New password for ada@example\.com: /, `${PASSWORD}\r`],
      [/Repeat it: /, `${PASSWORD}\r`],
    ])
    t.is(code, 0, shown)
    t.regex(shown, /Created the superuser ada@example\.com\./)
    t.false(shown.includes(PASSWORD))
  })

  test('Ctrl-C at a prompt cancels the command, and nothing is changed', async t => {
    const env = await newcomer(t)
    const { code, shown } = await onTerminal(script, env, 'create-superuser ada@example.com', [
      [/New password for ada@example\.com: /, `${PASSWORD.slice(0, 4)}\u0003`],
    ])
    t.is(code, 130, shown)
    t.regex(shown, /gatehouse: cancelled; nothing was changed/)
    t.deepEqual(JSON.parse((await gatehouse(['accounts', 'list', '--json'], env)).stdout), [])
  })

  test('while a server uses the database, prompts still appear on the terminal of the command', async t => {
    const env = { ...(await newcomer(t)), PORT: String(await freePort()) }
    const serving = new Serving(env, ['--no-demo'])
    t.teardown(() => serving.stop('SIGKILL'))
    await serving.printed(/Ctrl-C to stop/)
    const made = await onTerminal(script, env, 'create-superuser ada@example.com', [
      [/New password for ada@example\.com: /, 'short\r'],
      [/must have at least 8 characters\s+New password for ada@example\.com: /, `${PASSWORD}\r`],
      [/Repeat it: /, `${PASSWORD}\r`],
    ])
    t.is(made.code, 0, made.shown)
    t.false((made.shown + serving.output).includes(PASSWORD))
    const kept = await onTerminal(script, env, 'roles remove subscriber', [[/that has it\? \[y\/N\] /, 'n\r']])
    t.is(kept.code, 130, kept.shown)
    const stopped = await onTerminal(script, env, 'accounts register bob@example.com', [[/New password/, '\u0003']])
    t.is(stopped.code, 130, stopped.shown)
    t.is(await serving.stop(), 0)
  })
}
