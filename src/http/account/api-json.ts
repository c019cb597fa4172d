type SnakeCase<Name> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
  : Name

type ApiJson<T> = T extends string | number | boolean | null
  ? T
  : T extends Date
    ? string
    : T extends readonly (infer Each)[]
      ? ApiJson<Each>[]
      : T extends object
        ? { [Name in keyof T as SnakeCase<Name>]: ApiJson<T[Name]> }
        : T

/** The data in the form of the API: names in snake_case, and timestamps in UTC (RFC 3339). */
export function apiJson<T>(data: T): ApiJson<T>
export function apiJson(data: unknown): unknown {
  if (data instanceof Date) return data.toISOString()
  if (Array.isArray(data)) return data.map(each => apiJson(each))
  if (typeof data !== 'object' || data === null) return data
  const named = Object.entries(data).map(([name, value]) => [
    name.replace(/[A-Z]/g, '_$&').toLowerCase(),
    apiJson(value),
  ])
  return Object.fromEntries(named)
}
