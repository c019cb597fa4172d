import { redisMode } from '../../network/redis-address.ts'
import type { Reading } from '../reading.ts'
import { type Name, settings } from '../settings.ts'
import type { Mistake } from './config-error.ts'

/** Checks the rules that involve several settings. A rule ignores settings that are already invalid by themselves. */
export function brokenRules(reading: Reading): Mistake[] {
  return rules.flatMap(rule => rule(reading) ?? [])
}

type Rule = (reading: Reading) => Mistake | undefined

const rules: readonly Rule[] = [
  required('PUBLIC_URL', 'required in production', inProduction),
  required('DATABASE_URL', 'required in production', inProduction),
  required('SECRET_KEYS', 'required in production', inProduction),
  required(
    'SECRET_KEYS',
    'required with DATABASE_URL: all processes on a database must have the same keys',
    reading => reading.given.has('DATABASE_URL') && !inProduction(reading),
  ),
  required('DATABASE_URL', 'required when WORKERS is greater than 1', manyWorkers),
  required('REDIS_URL', 'required when WORKERS is greater than 1', manyWorkers),

  ({ values: { REDIS_URL: url, REDIS_REPLICAS: replicas } }) => {
    if (!replicas || redisMode(url) !== 'cluster') return
    return about('REDIS_REPLICAS', 'not supported with Redis Cluster', `${replicas}`)
  },
  ({ values }) => {
    const unencrypted = values.NODE_ENV === 'production' && values.PUBLIC_URL?.startsWith('http:')
    if (!unencrypted || values.ALLOW_HTTP !== false) return
    return about('PUBLIC_URL', 'http is not allowed in production unless ALLOW_HTTP=true', values.PUBLIC_URL)
  },
  ({ values: { REFRESH_TOKEN_TTL: each, REFRESH_TOKEN_MAX_TTL: all } }) => {
    if (each == null || all == null || each <= all) return
    return about(
      'REFRESH_TOKEN_MAX_TTL',
      `must be at least REFRESH_TOKEN_TTL, which is ${each} seconds`,
      `${all} seconds`,
    )
  },
  ({ values: { SESSION_TTL: whole, SESSION_IDLE_TTL: idle } }) => {
    if (whole == null || idle == null || idle <= whole) return
    return about('SESSION_IDLE_TTL', `must be at most SESSION_TTL, which is ${whole} seconds`, `${idle} seconds`)
  },
  ({ values }) => {
    if (values.DEMO_PORT == null) return
    if (values.NODE_ENV === 'production') return about('DEMO_PORT', 'the demo application does not run in production')
    if (values.DEMO_PORT === values.PORT) return about('DEMO_PORT', 'must differ from PORT', `${values.DEMO_PORT}`)
    return
  },
  ({ values: { NODE_ENV, PORT, DEMO_PORT, DEMO_UPSTREAM_PORT: port } }) => {
    const name = 'DEMO_UPSTREAM_PORT'
    if (port == null) return
    if (NODE_ENV === 'production')
      return about(name, 'Example Upstream lets anyone sign in, so it does not run in production')
    if (port === PORT) return about(name, 'must differ from PORT', `${port}`)
    if (port === DEMO_PORT) return about(name, 'must differ from DEMO_PORT', `${port}`)
    return
  },
  // The weakest of OWASP's equivalent choices (Password Storage Cheat Sheet, argon2id). Memory and passes are
  // interchangeable, so their product is compared.
  ({ values: { NODE_ENV, PASSWORD_HASHING: cost } }) => {
    if (NODE_ENV !== 'production' || cost == null) return
    if (cost.memory >= 7168 && cost.memory * cost.passes >= 7168 * 5) return
    return about(
      'PASSWORD_HASHING',
      'too weak for production',
      `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`,
    )
  },
]

function inProduction({ values }: Reading): boolean {
  return values.NODE_ENV === 'production'
}

function manyWorkers({ values }: Reading): boolean {
  return values.WORKERS != null && values.WORKERS > 1
}

function required(name: Name, problem: string, when: (reading: Reading) => boolean): Rule {
  return reading => (!reading.given.has(name) && when(reading) ? about(name, problem) : undefined)
}

function about(name: Name, problem: string, given?: string): Mistake {
  const { expected, example } = settings.find(row => row.name === name)!
  return { name, problem, ...(given != null && { given }), expected, example: `${name}=${example}` }
}
