import { readSettings } from './reading.ts'
import { DURATION, type Setting } from './setting.ts'
import { type Name, settings } from './settings.ts'
import { rate, seconds } from './values.ts'

/** One variable as it is in effect, in words for people. Holds no secret. */
export interface Effective {
  name: string
  group: string
  value: string
  /** Said by the environment, the fixed default, or what applies otherwise. */
  origin: 'given' | 'default' | 'otherwise'
}

/** Every variable as this environment sets it; of one that is good. */
export function effectiveSettings(env: NodeJS.ProcessEnv = process.env): Effective[] {
  const { given } = readSettings(env)
  return settings.map((setting: Setting & { name: Name }) => {
    const { name, group, default: fixed, otherwise = '' } = setting
    if (given.has(name)) return { name, group, value: sayGiven(setting, env), origin: 'given' }
    if (fixed === undefined) return { name, group, value: otherwise, origin: 'otherwise' }
    return { name, group, value: inWords(setting, fixed), origin: 'default' }
  })
}

function sayGiven(setting: Setting, env: NodeJS.ProcessEnv): string {
  const text = env[setting.name]?.trim()
  if (!text) return `in the file ${env[`${setting.name}_FILE`]?.trim()}`
  if (setting.secret === 'whole') return 'set, not shown'
  return setting.secret === 'credentials' ? withoutCredentials(text) : inWords(setting, text)
}

/** Addresses of several hosts are no URLs to Node; the last @ ends what may be secret. */
export function withoutCredentials(address: string): string {
  return address.replace(/^([a-z+]+:\/\/).*@/i, '$1***@').replace(/\?.*$/, '?…')
}

function inWords({ schema, expected }: Setting, text: string): string {
  if (schema === rate) {
    const [count = '', length = ''] = text.split('/')
    return `${count} in ${duration(seconds(length) ?? 0)}`
  }
  const length = expected.startsWith(DURATION) ? seconds(text) : undefined
  return length === undefined ? text : duration(length)
}

const UNITS: readonly [seconds: number, name: string][] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** `5400`: 90 minutes; in the largest unit that it is a whole number of. */
export function duration(length: number): string {
  const [unit, name] = UNITS.find(([unit]) => length >= unit && length % unit === 0) ?? [1, 'second']
  const count = length / unit
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
