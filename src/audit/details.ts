import type { CATALOGUE, GROUPS, Group, Kind } from './catalogue.ts'

type EntryOf<K extends Kind> = (typeof CATALOGUE)[K]

type OrNull<Name> = Name extends `${string}?` ? string | null : string
type Word<Reason> = Reason extends `${infer How}:` ? `${How}:${string}` : Reason

type SubjectOf<E> = E extends { group: infer G extends Group }
  ? (typeof GROUPS)[G] extends 'owner'
    ? { subject: E extends { subject: infer Name } ? OrNull<Name> : string }
    : { subject?: never }
  : never
type TargetOf<E> = E extends { target: infer Name } ? { target: OrNull<Name> } : { target?: never }
type ReasonOf<E> = E extends { reason: readonly (infer R)[] }
  ? null extends R
    ? { reason?: Word<R> }
    : { reason: Word<R> }
  : { reason?: never }

/** The reasons of a kind. */
export type Reason<K extends Kind> = Extract<ReasonOf<EntryOf<K>>['reason'], string>

/** The properties that an event of a kind must have. */
export type Details<K extends Kind> = SubjectOf<EntryOf<K>> & TargetOf<EntryOf<K>> & ReasonOf<EntryOf<K>>
