import { operator } from '../src/base/actor.ts'
import { Conflict, NotFound } from '../src/base/refusals.ts'
import { confirm } from './prompts.ts'
import type { Verb } from './verb.ts'
import { type Session, type Work, withApp } from './with-app.ts'

/** The keys that sign tokens. Running servers take a change up within seconds. */
export function keyCommands(program: Verb, session: Session): void {
  const keys = program.noun('keys', 'keys that sign tokens')

  keys
    .command('list')
    .description('list the keys: current ones sign, next ones are published, retired ones still verify')
    .example('keys list')
    .action(withApp(session, show))

  keys
    .command('rotate')
    .description('sign with the next keys from now on; the current ones retire, and new next ones are published')
    .option('--now', 'although the next keys are less than a day old: applications may refuse new tokens for a while')
    .example('keys rotate')
    .action(
      withApp(session, async (work, { now = false }: { now?: boolean }) => {
        await work.app.keys.ensure()
        await work.app.keys.rotate({ by: operator, now })
        if (now)
          work.out.note('Applications that keep an older key set may refuse new tokens until they fetch it again.')
        await show(work)
      }),
    )

  keys
    .command('remove <kid>')
    .dashedArgument()
    .description('remove a retired key; whatever it signed is refused from now on')
    .option('--yes', 'do not ask')
    .example('keys remove KID')
    .action(
      withApp(session, async ({ app, io, out }, kid: string, options: { yes?: true }) => {
        const key = (await app.keys.list()).find(candidate => candidate.kid === kid)
        if (!key) throw new NotFound(`there is no key ${JSON.stringify(kid)}`)
        if (key.stage !== 'retired') throw new Conflict(`the key ${kid} is ${key.stage}: only retired keys can go`)
        await confirm(io, `Remove the key ${kid}, and refuse all that it signed?`, options)
        await app.keys.remove(kid, { by: operator })
        out.done({ removed: kid }, `Removed the key ${kid}.`)
      }),
    )
}

async function show({ app, out }: Work): Promise<void> {
  await app.keys.ensure()
  const summaries = (await app.keys.list()).map(key => key.summary())
  out.table(summaries, ['kid', 'alg', 'stage', 'createdAt', 'retiredAt'], 'There are no keys.')
}
