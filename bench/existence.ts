/**
 * `node bench/existence.ts --tries 200`: whether the response time reveals if an email has an account. For each form,
 * emails of every kind are tried in turn, so that other load on the machine affects all alike, and the medians are shown
 * side by side. Password hashing is made cheap, since it would hide small differences; test F-21 checks that every kind
 * takes the same number of hashes, statements and Redis commands. About 20 seconds of load.
 */
import { parseArgs } from 'node:util'
import { createApp } from '../src/app.ts'
import { operator } from '../src/base/actor.ts'
import { loadConfig } from '../src/base/config.ts'
import { Connection } from './load/connection.ts'
import { type Form, formsOf } from './load/form.ts'
import { latency } from './load/latency.ts'
import { type Endpoints, RelyingParty } from './load/relying-party.ts'
import { startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { gatehouseEnv, startSubject } from './subjects.ts'

const { values } = parseArgs({ options: { tries: { type: 'string', default: '200' } } })
const tries = Number(values.tries)
const WARMUP = 20
const password = 'the password typed into every form'
const unlimited = '1000000/1m'

const services = await startServices()
const databaseUrl = services.postgres('gatehouse_existence')
const redisUrl = services.redis(1)
const env = {
  DATABASE_URL: databaseUrl,
  EMAIL_VERIFICATION: 'required',
  EMAIL_LIMIT_IP: unlimited,
  EMAIL_LIMIT_ADDRESS: unlimited,
  SIGN_IN_LIMIT_IP: unlimited,
  SIGN_IN_LIMIT_ACCOUNT: unlimited,
}
const subject = await startSubject(services, { name: 'gatehouse', workers: 1, accounts: 1, cheapPasswords: true, env })
try {
  const { fixture } = subject
  const endpoints = await fetch(`${fixture.issuer}/.well-known/openid-configuration`)
  const rp = new RelyingParty(
    new Connection(new URL(fixture.issuer).origin, 0),
    fixture,
    (await endpoints.json()) as Endpoints,
  )
  const kinds = await people(fixture.issuer, fixture.accounts[0]!.email)
  const rows = [['form', ...Object.keys(kinds).map(kind => `${kind}: p50 ms`)]]
  for (const [name, form] of Object.entries(formsToTest(rp)))
    rows.push([name, ...(await medians(rp, kinds, await form()))])
  console.log(`${tries} tries each, one at a time\n\n${aligned(rows)}`)
  await rp.connection.close()
} finally {
  await subject.stop()
  await services.stop()
}

/** An email of each kind; the unknown one is different each time. */
async function people(issuer: string, known: string): Promise<Record<string, () => string>> {
  const usual = gatehouseEnv({ issuer, port: 0, databaseUrl, redisUrl, dataDir: '', workers: 1 })
  const app = await createApp(loadConfig({ ...usual, ...env, NODE_ENV: 'test', PORT: new URL(issuer).port }))
  const [by, suspended, passwordless, pending] = [
    operator,
    'gone@bench.example',
    'bare@bench.example',
    'new@bench.example',
  ]
  const visitor = { kind: 'visitor', id: null, ip: '127.0.0.1', userAgent: 'bench' } as const
  await app.scope(async () => {
    const account = await app.registration.create({ email: suspended, password }, { by, emailVerified: true })
    await app.suspension.suspend(account.id, { by })
  })
  await app.scope(() => app.registration.create({ email: passwordless }, { by, emailVerified: true }))
  await app.scope(() => app.registration.apply({ email: pending, password }, { by: visitor }))
  await app.close()
  let unknown = 0
  return {
    unknown: () => `person${unknown++}@bench.example.org`,
    known: () => known,
    pending: () => pending,
    suspended: () => suspended,
    passwordless: () => passwordless,
  }
}

function formsToTest(rp: RelyingParty): Record<string, () => Promise<Form>> {
  const signIn = async () => {
    const { headers } = await rp.open(rp.authorization().path)
    return rp.open(String(headers.location))
  }
  const formOf = (body: string, end: string) => formsOf(body).find(({ action }) => action.endsWith(end))!
  return {
    'sign-in': async () => formOf((await signIn()).body, '/sign-in'),
    'forgotten password': async () => formOf((await rp.open('/forgot-password')).body, '/forgot-password'),
    registration: async () => {
      const { body } = await signIn()
      const page = await rp.open(/href="([^"]+\/register)"/.exec(body)?.[1] ?? '')
      return formOf(page.body, '/register')
    },
  }
}

async function medians(rp: RelyingParty, kinds: Record<string, () => string>, form: Form): Promise<string[]> {
  const names = Object.keys(kinds)
  const samples = new Map<string, number[]>(names.map(name => [name, []]))
  for (let round = -WARMUP; round < tries; round += 1) {
    // In random order: the previous request may still be sending an email.
    for (const name of shuffled(names)) {
      const email = kinds[name]!()
      const begun = performance.now()
      const { status } = await rp.send(form, { email, password })
      if (status !== 200 && status !== 401) throw new Error(`${status} for ${name}`)
      if (round >= 0) samples.get(name)!.push(performance.now() - begun)
    }
  }
  return names.map(name => latency(samples.get(name)!).p50.toFixed(2))
}

function shuffled(names: readonly string[]): string[] {
  const drawn = names.map(name => ({ name, lot: Math.random() }))
  return drawn.sort((one, other) => one.lot - other.lot).map(({ name }) => name)
}
