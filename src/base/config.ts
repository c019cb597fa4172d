import { type Derived, derived } from './config/derived.ts'
import { KeyFile } from './config/parsers/secret-keys.ts'
import type { Rate } from './config/parsers/values.ts'
import { readSettings } from './config/reading.ts'
import type { Name, Values } from './config/settings.ts'
import { ConfigError, codeOf, reason } from './config/validation/config-error.ts'
import { brokenRules } from './config/validation/rules.ts'
import { unknownVariables } from './config/validation/unknown-variables.ts'

export type { DatabaseLimits } from './config/derived.ts'
export { explainConfig, type Format } from './config/explain.ts'
export type { Rate } from './config/parsers/values.ts'
export { ConfigError } from './config/validation/config-error.ts'

/**
 * The configuration: environment variables, read once, validated all at once, and frozen. Each setting is a row in
 * `config/settings`, which defines its parsing, its documentation and its property. Rules between settings are in
 * `config/validation/rules.ts`; values that depend on several settings are in `config/derived.ts`. Durations are in seconds.
 */
export interface Config extends Omit<Properties, keyof Derived>, Derived {}

type Camel<S extends string> = S extends `${infer Word}_${infer Rest}`
  ? `${Lowercase<Word>}${Capitalize<Camel<Rest>>}`
  : Lowercase<S>

type OrNull<V> = undefined extends V ? Exclude<V, undefined> | null : V

/** A property for each setting: ACCESS_TOKEN_TTL is `accessTokenTtl`. Null if it is not set and has no default. */
type Properties = { [N in Name as Camel<N>]: OrNull<Values[N]> }

/** The settings that are rate limits. */
export type Rates = { [K in keyof Properties as Properties[K] extends Rate ? K : never]: Rate }

interface LoadOptions {
  /** Whether to generate keys if there is no DATABASE_URL and no key yet; `config check` doesn't. */
  createSecrets?: boolean
  /** Variables that override the environment: options of the command line. */
  instead?: NodeJS.ProcessEnv
}

/** @throws ConfigError with all mistakes */
export function loadConfig(
  environment: NodeJS.ProcessEnv = process.env,
  { createSecrets = true, instead = {} }: LoadOptions = {},
): Config {
  const env = { ...environment, ...instead }
  const reading = readSettings(env)
  const unknown = unknownVariables(env)
  const mistakes = [...reading.mistakes, ...brokenRules(reading), ...unknown.mistakes]
  const { DATA_DIR: dataDir } = reading.values
  const ownKeys = dataDir == null || reading.given.has('SECRET_KEYS') || reading.given.has('DATABASE_URL')
  const keyFile = ownKeys ? undefined : new KeyFile(dataDir)
  let kept = keyFile?.read()
  if (kept?.mistake) mistakes.push(kept.mistake)
  if (mistakes.length > 0) throw new ConfigError(mistakes)

  if (keyFile && kept?.keys.length === 0 && createSecrets) kept = keyFile.make()
  const values = reading.values as Values
  const warnings = [...unknown.warnings, ...(kept?.warning ? [kept.warning] : [])]
  return frozen({ ...propertiesOf(values), ...derived(values, { keys: kept?.keys ?? [], warnings }) })
}

/**
 * Adds the variables of a `.env` file to this process's environment, unless they are already set. Does nothing if there
 * is no such file. Only entry points call this: `loadConfig({ … })` never depends on the working directory.
 */
export function loadDotEnv(path = '.env'): void {
  try {
    process.loadEnvFile(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw new ConfigError([{ name: path, problem: `cannot be read: ${reason(error)}` }])
  }
}

function propertiesOf(values: Values): Properties {
  const camel = (name: string) => name.toLowerCase().replace(/_(\w)/g, (_, first: string) => first.toUpperCase())
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value ?? null])) as Properties
}

/** Freezes a value deeply. Buffers cannot be frozen, so keys stay as they are, inside a frozen list. */
function frozen<T>(thing: T): T {
  if (typeof thing !== 'object' || thing === null || Buffer.isBuffer(thing)) return thing
  Object.values(thing).forEach(frozen)
  return Object.freeze(thing)
}
