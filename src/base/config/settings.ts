import type { z } from 'zod'
import { address } from './settings/address.ts'
import { lifetimes } from './settings/lifetimes.ts'
import { mail } from './settings/mail.ts'
import { people } from './settings/people.ts'
import { process } from './settings/process.ts'
import { secondFactors } from './settings/second-factors.ts'
import { secrets } from './settings/secrets.ts'
import { storage } from './settings/storage.ts'

export type { Setting } from './setting.ts'

/** All settings, in the order of the documentation. */
export const settings = [
  ...address,
  ...storage,
  ...secrets,
  ...lifetimes,
  ...people,
  ...secondFactors,
  ...mail,
  ...process,
] as const

type Row = (typeof settings)[number]

export type Name = Row['name']

/** The parsed value of each variable; undefined if it was not given and has no fixed default. */
export type Values = {
  [R in Row as R['name']]: z.output<R['schema']> | (R extends { default: string } ? never : undefined)
}
