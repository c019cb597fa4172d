import type { z } from 'zod'
import type { Setting } from './setting.ts'
import { address } from './settings/address.ts'
import { applications } from './settings/applications.ts'
import { lifetimes } from './settings/lifetimes.ts'
import { limits } from './settings/limits.ts'
import { mail } from './settings/mail.ts'
import { people } from './settings/people.ts'
import { process } from './settings/process.ts'
import { secondFactors } from './settings/second-factors.ts'
import { secrets } from './settings/secrets.ts'
import { storage } from './settings/storage.ts'

export type { Setting } from './setting.ts'

/** All groups of settings, in the order of the documentation. */
const GROUPS = {
  Address: address,
  Storage: storage,
  Secrets: secrets,
  Lifetimes: lifetimes,
  Applications: applications,
  People: [...people, ...limits],
  'Second factors': secondFactors,
  Email: mail,
  Process: process,
} as const

type Row = (typeof GROUPS)[keyof typeof GROUPS][number]

export type Name = Row['name']

export const settings: readonly (Setting & { name: Name })[] = Object.entries(GROUPS).flatMap(([group, rows]) =>
  rows.map(row => ({ group, expected: row.schema.description ?? '', ...row })),
)

/** The parsed value of each variable; undefined if it was not given and has no fixed default. */
export type Values = {
  [R in Row as R['name']]: z.output<R['schema']> | (R extends { default: string } ? never : undefined)
}
