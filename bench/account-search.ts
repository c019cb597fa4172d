/**
 * `node bench/account-search.ts --accounts 1000000`: how long `gatehouse accounts list --search` and the API wait for the
 * database, for parts of emails and names of every kind, with the index of the search and, for comparison, without it.
 * Filling a million accounts takes about two minutes.
 */
import { parseArgs } from 'node:util'
import { createApp } from '../src/app.ts'
import { loadConfig } from '../src/base/config.ts'
import { latency } from './load/latency.ts'
import { startServices } from './measure/services.ts'
import { aligned } from './report.ts'
import { gatehouseEnv } from './subjects.ts'

const { values } = parseArgs({
  options: { accounts: { type: 'string', default: '1000000' }, tries: { type: 'string', default: '200' } },
})
const count = Number(values.accounts)
const tries = Number(values.tries)
const TRIES_WITHOUT = 10

/** Names of many lengths; the first 2,000 accounts, the oldest, share a domain. */
const FILL = `
  insert into account (id, email, email_verified, name, created_at)
  select
    (lpad(to_hex(1764000000000 + n), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid,
    given || '.' || family || n || '@' || case when n <= 2000 then 'old-company.example' else 'mail' || n % 40 || '.example.org' end,
    true, initcap(given) || ' ' || initcap(family), now()
  from (
    select n, (array['ada','grace','barbara','edsger','donald','frances','margaret','radia','sofia','leslie'])[1 + n % 10] as given,
      translate(substr(md5(n::text), 1, 4 + n % 8), '0123456789', 'ghijklmnop') as family
    from generate_series(1, ?) n
  ) people`

const services = await startServices()
const databaseUrl = services.postgres('gatehouse_account_search')
const env = gatehouseEnv({
  issuer: 'http://localhost:1',
  port: 1,
  databaseUrl,
  redisUrl: services.redis(1),
  dataDir: '',
  workers: 1,
})
const app = await createApp(loadConfig({ ...env, NODE_ENV: 'test', DATABASE_STATEMENT_TIMEOUT: '5m' }))
try {
  const sql = (text: string, parameters: unknown[] = []) => app.em.fork().execute(text, parameters)
  await sql(FILL, [count])
  await sql('vacuum analyze account')
  const searches = await texts()
  const rows = [['search for', 'p50 ms', 'p99 ms', 'without the index: p50 ms']]
  const measured = new Map<string, number[]>()
  for (const [kind, next] of Object.entries(searches)) measured.set(kind, await times(next, tries))
  await sql('drop index account_search')
  for (const [kind, next] of Object.entries(searches)) {
    const { p50, p99 } = latency(measured.get(kind)!)
    const without = latency(await times(next, TRIES_WITHOUT)).p50
    rows.push([kind, p50.toFixed(1), p99.toFixed(1), without.toFixed(1)])
  }
  console.log(`${count} accounts, ${tries} searches each, one at a time\n\n${aligned(rows)}`)
} finally {
  await app.close()
  await services.stop()
}

/** What people search for, by kind; each call is another text. */
async function texts(): Promise<Record<string, () => string>> {
  const sample = await app.em
    .fork()
    .execute<{ email: string; name: string }[]>('select email, name from account tablesample bernoulli(0.1)')
  let turn = 0
  const person = () => sample[turn++ % sample.length]!
  const part = (text: string, length: number) => {
    const start = (turn * 7) % Math.max(1, text.length - length)
    return text.slice(start, start + length)
  }
  return {
    'a whole email': () => person().email,
    'six characters of an email': () => part(person().email.split('@')[0]!, 6),
    'four characters of an email': () => part(person().email.split('@')[0]!, 4),
    'three characters of an email': () => part(person().email.split('@')[0]!, 3),
    'a family name': () => person().name.split(' ')[1]!,
    'a given name (every tenth account)': () => person().name.split(' ')[0]!,
    'a domain (2 %)': () => person().email.split('@')[1]!,
    'a domain of the 2,000 oldest accounts': () => 'old-company',
    'one character': () => person().email[0]!,
    'two characters': () => person().email.slice(0, 2),
    'nothing that exists': () => `zz${turn++}qq`,
  }
}

async function times(next: () => string, number: number): Promise<number[]> {
  const samples: number[] = []
  for (let index = 0; index < number; index++) {
    const search = next()
    const start = performance.now()
    await app.scope(() => app.accounts.list({ search }))
    samples.push(performance.now() - start)
  }
  return samples
}
