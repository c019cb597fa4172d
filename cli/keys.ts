import { operator } from '../src/base/actor.ts'
import type { Verb, Work } from './kit/verb.ts'

/** The keys that sign tokens. Running servers pick up a change within seconds. */
export function keyCommands(program: Verb): void {
  const keys = program.noun('keys', 'Manage the keys that sign tokens')

  keys
    .verb('list', 'List signing keys: current keys sign, next keys are published, retired keys still verify')
    .run(show)

  keys
    .verb(
      'rotate',
      'Rotate the signing keys: next keys become current, current keys retire, and new next keys are published',
      '--now',
    )
    .option('--now', 'Rotate even if the next keys are less than a day old; some applications may refuse new tokens')
    .run(async (work, { now = false }: { now?: boolean }) => {
      await work.app.keys.ensure()
      await work.app.keys.rotate({ by: operator, now })
      if (now)
        work.out.note('Applications that have cached the old key set may refuse new tokens until they refresh it.')
      await show(work)
    })

  keys
    .verb('remove <kid>', 'Remove a retired key; tokens signed with it are refused from now on', 'KID')
    .dashedArgument()
    .confirmed()
    .run(async ({ app, out, confirm }, kid: string) => {
      await app.keys.findRetired(kid)
      await confirm(`Remove the key ${kid} and refuse all tokens signed with it?`)
      await app.keys.remove(kid, { by: operator })
      out.done({ removed: kid }, `Removed the key ${kid}.`)
    })
}

async function show({ app, out }: Work): Promise<void> {
  await app.keys.ensure()
  out.table(await app.keys.list(), ['kid', 'alg', 'stage', 'createdAt', 'retiredAt'], 'There are no keys.')
}
