/**
 * `node --expose-gc bench/resource-server.ts [ENTRIES]`: what `gatehouse/resource-server` costs an API. The memory of a
 * list of so many revoked tokens (a million without the argument), and how many requests a second of CPU time checks. The
 * issuer is a process of its own.
 */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { protect } from 'gatehouse/resource-server'
import { AUDIENCE, LoopbackIssuer } from '../test/support/resource-server/loopback-issuer.ts'

const PAGE = 65_536
const TOKENS = 8000
const REPEATED = 100_000
const entries = Number(process.argv[2] ?? 1_000_000)

interface Issued {
  url: string
  tokens: string[]
}

if (process.send) await issue()
else await measure()

/** Signs tokens and endless lists of entries that no token has. */
async function issue(): Promise<void> {
  const issuer = await LoopbackIssuer.start()
  issuer.answers.set('/revocations', async (req, res) => {
    const query = new URL(req.url ?? '', issuer.url).searchParams
    const after = Number(query.get('after'))
    const count = Math.min(PAGE, entries - after)
    if (count === 0 && query.has('wait')) return
    const records = randomBytes(20 * count)
    for (let i = 0; i < count; i += 1) records.writeUInt32BE(issuer.clock.epoch + 3600, 20 * i + 16)
    const position = after + count
    const page = { after, position, more: position < entries, entries: records.toString('base64url') }
    const claims = { iss: issuer.url, iat: issuer.clock.epoch, ...page }
    res.end(await issuer.sign(claims, { header: { typ: 'token-revocations+jwt' } }))
  })
  const tokens = await Promise.all(Array.from({ length: TOKENS }, () => issuer.token()))
  process.send?.({ url: issuer.url, tokens } satisfies Issued)
}

async function measure(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), [String(entries)])
  try {
    const [{ url, tokens }] = (await once(child, 'message')) as [Issued]
    const api = protect({ issuer: url, audience: AUDIENCE })
    const [before, began] = [memory(), cpu()]
    await api.start()
    const [after, seconds] = [memory(), cpu() - began]
    console.log(`${api.status().entries} revoked tokens, read with ${seconds.toFixed(1)} CPU seconds`)
    for (const kind of ['arrayBuffers', 'heapUsed', 'rss'] as const)
      console.log(`  ${kind.padEnd(12)} ${mib(before[kind])} MiB before, ${mib(after[kind])} after`)

    const check = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      await api.authenticate({ method: 'GET', url: '/v1/orders', headers } as IncomingMessage)
    }
    console.log(`ES256, unique tokens:  ${await perCpuSecond(tokens, check)} requests per CPU second`)
    const [known = ''] = tokens
    const repeated = Array.from({ length: REPEATED }, () => known)
    console.log(`ES256, repeated token: ${await perCpuSecond(repeated, check)} requests per CPU second`)
    api.close()
  } finally {
    child.kill()
  }
}

async function perCpuSecond(tokens: readonly string[], check: (token: string) => Promise<void>): Promise<number> {
  const began = cpu()
  for (const token of tokens) await check(token)
  return Math.round(tokens.length / (cpu() - began))
}

/** Seconds of this process, in all threads. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function memory(): NodeJS.MemoryUsage {
  globalThis.gc?.()
  return process.memoryUsage()
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1).padStart(7)
}
