import { fork } from 'node:child_process'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { installation } from './served.ts'

const run = async (t: ExecutionContext, env: Record<string, string>, ...args: string[]) => {
  const worker = fork(new URL('restart-worker.ts', import.meta.url), args, { env: { ...process.env, ...env } })
  const ended = once(worker, 'exit')
  const [found] = await Promise.race([once(worker, 'message'), ended])
  const [code, signal] = await ended
  t.is(code ?? signal, args.includes('crash') ? 'SIGKILL' : 0)
  return found
}

for (const [title, how] of [
  ['an orderly stop', 'stop'],
  ['being killed', 'crash'],
] as const) {
  test.serial(`after ${title} accounts, passwords, sessions, keys and history are still there`, async t => {
    const { env, remove } = await installation()
    t.teardown(remove)
    const before = await run(t, env, 'keep', how)
    t.like(before, { right: true, session: true })
    t.is(before.keys.length, 4)
    t.true(before.history > 0)
    t.deepEqual(await run(t, env), before)
  })
}
