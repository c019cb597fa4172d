import type { Name, Values } from './settings.ts'

type Camel<S extends string> = S extends `${infer Word}_${infer Rest}`
  ? `${Lowercase<Word>}${Capitalize<Camel<Rest>>}`
  : Lowercase<S>

type OrNull<V> = undefined extends V ? Exclude<V, undefined> | null : V

/** A property for each setting: ACCESS_TOKEN_TTL is `accessTokenTtl`. Null if it is not set and has no default. */
export type Properties = { [N in Name as Camel<N>]: OrNull<Values[N]> }

export function propertiesOf(values: Values): Properties {
  const camel = (name: string) => name.toLowerCase().replace(/_(\w)/g, (_, first: string) => first.toUpperCase())
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value ?? null])) as Properties
}
