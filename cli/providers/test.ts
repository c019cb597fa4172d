import type { Finding } from '../../src/federation/examination.ts'
import { EXIT } from '../exit-codes.ts'
import { CliError } from '../failures.ts'
import { printable } from '../output.ts'
import type { Work } from '../with-app.ts'
import { directionsFor, toFollow } from './directions.ts'

/** Whether a provider can be worked with, and once more what it has to be told. @throws CliError where something is wrong */
export async function testProvider({ app, out }: Work, name: string): Promise<void> {
  const provider = await app.identityProviders.find(name)
  const findings = await app.examination.of(provider)
  const directions = directionsFor(app, provider)
  const lines = findings.map(inALine).join('')
  out.text({ findings, ...directions }, `${lines}\n${toFollow(provider.title, directions)}`)
  const wrong = findings.filter(({ ok }) => ok === false).map(({ check }) => check)
  if (wrong.length === 0) return
  const advice = `What it should be like: gatehouse providers show ${name}`
  const message = `${provider.title} cannot be worked with as it is: ${wrong.join(', ')}`
  throw new CliError({ exit: EXIT.storage, code: 'provider', message, advice })
}

function inALine({ check, ok, detail }: Finding): string {
  const mark = ok === null ? '-' : ok ? 'ok' : 'WRONG'
  return printable(`  ${mark.padEnd(5)}  ${check.padEnd(12)}  ${detail}\n`)
}
