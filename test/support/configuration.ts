import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { ConfigError, loadConfig } from '../../src/base/config.ts'

export const A_KEY = randomBytes(48).toString('base64')
export const A_DATABASE = 'postgresql://gatehouse:hunter2@db.example.com:5432/gatehouse'

/** Loads the settings without writing a key file. */
export const load = (env: NodeJS.ProcessEnv) => loadConfig(env, { createSecrets: false })

export function refused(t: ExecutionContext, env: NodeJS.ProcessEnv): ConfigError {
  return t.throws(() => load(env), { instanceOf: ConfigError }) ?? t.fail()
}

/** The names of the variables that are wrong. */
export const names = (error: ConfigError) => error.mistakes.map(mistake => mistake.name)

export const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://id.example.com',
  DATABASE_URL: A_DATABASE,
  SECRET_KEYS: A_KEY,
}

/** An empty folder that is removed after the test. */
export function emptyFolder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'gatehouse-config-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}
