import { isText } from '../../../base/ids.ts'
import { InvalidInput } from '../../../base/refusals.ts'
import type { Context } from '../../kit/request/context.ts'

const NAME = /^\w{1,50}$/

/** The parameters in the address of a request. @throws InvalidInput if one has text that the database can't look up */
export function readQuery({ query }: Context): Record<string, unknown> {
  const wrong = Object.entries(query).filter(([, value]) => ![value ?? ''].flat().every(isText))
  if (wrong.length === 0) return { ...query }
  const fields = wrong.map(([name]) => [NAME.test(name) ? name : 'query', 'has a null character'])
  throw new InvalidInput(Object.fromEntries(fields))
}
