import { DURATION, rate, seconds } from './parsers/values.ts'
import { readSettings } from './reading.ts'
import type { Setting } from './setting.ts'
import { settings } from './settings.ts'

/** The effective value of a setting, in words. Contains no secret. */
export interface Effective {
  name: string
  group: string
  value: string
  /** `given`: set in the environment; `default`: the fixed default; `otherwise`: the default in words. */
  origin: 'given' | 'default' | 'otherwise'
}

/** Every setting of a valid environment. */
export function effectiveSettings(env: NodeJS.ProcessEnv = process.env): Effective[] {
  const { given } = readSettings(env)
  return settings.map(setting => {
    const { name, group, default: fixed, otherwise = '' } = setting
    if (given.has(name)) return { name, group, value: givenValue(setting, env), origin: 'given' }
    if (fixed === undefined) return { name, group, value: otherwise, origin: 'otherwise' }
    return { name, group, value: inWords(setting, fixed), origin: 'default' }
  })
}

function givenValue(setting: Setting, env: NodeJS.ProcessEnv): string {
  const text = env[setting.name]?.trim()
  if (!text) return `from the file ${env[`${setting.name}_FILE`]?.trim()}`
  if (setting.secret === 'whole') return 'set, not shown'
  return setting.secret === 'credentials' ? withoutCredentials(text) : inWords(setting, text)
}

/** An address without its credentials, which end at the last @: with several hosts, Node can't parse it as a URL. */
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

/** A duration in the largest unit that gives a whole number: `5400` is 90 minutes. */
function duration(length: number): string {
  const [unit, name] = UNITS.find(([unit]) => length >= unit && length % unit === 0) ?? [1, 'second']
  const count = length / unit
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
