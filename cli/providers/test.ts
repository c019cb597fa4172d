import type { Finding } from '../../src/federation/providers/provider-check.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError } from '../kit/failures.ts'
import { printable } from '../kit/output.ts'
import type { Work } from '../kit/verb.ts'
import { directionsFor, toFollow } from './directions.ts'

/** Checks a provider, and prints how to register Gatehouse with it. @throws CliError where a check fails */
export async function testProvider({ app, out }: Work, name: string): Promise<void> {
  const provider = await app.identityProviders.find(name)
  const findings = await app.providerCheck.of(provider)
  const directions = directionsFor(app, provider)
  const lines = findings.map(inALine).join('')
  out.text({ findings, ...directions }, `${lines}\n${toFollow(provider.title, directions)}`)
  const wrong = findings.filter(({ ok }) => ok === false).map(({ check }) => check)
  if (wrong.length === 0) return
  const advice = `To see its configuration: gatehouse providers show ${name}`
  const message = `${provider.title} failed the check: ${wrong.join(', ')}`
  throw new CliError({ exit: EXIT.storage, code: 'provider', message, advice })
}

function inALine({ check, ok, detail }: Finding): string {
  const mark = ok === null ? '-' : ok ? 'ok' : 'WRONG'
  return printable(`  ${mark.padEnd(5)}  ${check.padEnd(12)}  ${detail}\n`)
}
