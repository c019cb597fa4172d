/**
 * The baseline as a process: `node bench/baseline/server.ts`, configured by a JSON object in BENCH_BASELINE. With several
 * workers the first process handles no requests, as in Gatehouse.
 */
import cluster from 'node:cluster'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import argon2 from 'argon2'
import { Redis } from 'ioredis'
import { type JWK, Provider } from 'oidc-provider'
import type { Fixture } from '../fixture.ts'
import { argon2Parameters, cheapArgon2Parameters } from './argon2.ts'
import { baselineConfiguration } from './configuration.ts'
import { interactions } from './interactions.ts'
import { plainRedisAdapter } from './plain-redis-adapter.ts'

export interface BaselineSettings {
  port: number
  workers: number
  redisUrl: string | null
  cheapPasswords: boolean
  fixture: Fixture
}

const settings: BaselineSettings = JSON.parse(process.env.BENCH_BASELINE ?? '')

if (settings.workers > 1 && cluster.isPrimary) {
  const keys = JSON.stringify(newKeys())
  for (let index = 0; index < settings.workers; index += 1) cluster.fork({ BENCH_BASELINE_KEYS: keys })
} else {
  const keys = process.env.BENCH_BASELINE_KEYS
  await serve(keys == null ? newKeys() : JSON.parse(keys))
}

async function serve(keys: JWK[]) {
  const { fixture, port, redisUrl } = settings
  const parameters = settings.cheapPasswords ? cheapArgon2Parameters : argon2Parameters
  const adapter = redisUrl == null ? undefined : plainRedisAdapter(new Redis(redisUrl))
  const provider = new Provider(fixture.issuer, baselineConfiguration(fixture, keys, adapter))
  const digest = await argon2.hash(fixture.accounts[0]?.password ?? '', parameters)
  const answer = provider.callback()
  const interact = interactions(provider, digest)
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/interaction/')) interact(req, res).catch(error => res.destroy(error))
    else answer(req, res)
  })
  server.listen(port, '127.0.0.1')
}

/** ES256 for all measured steps; RS256 is published too, as every provider must. */
function newKeys(): JWK[] {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  return [
    { ...ec, alg: 'ES256', use: 'sig', kid: 'ec' },
    { ...rsa, alg: 'RS256', use: 'sig', kid: 'rsa' },
  ] as JWK[]
}
