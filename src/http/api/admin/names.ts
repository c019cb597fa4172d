import { z } from 'zod'

/** Bodies spell the members of our schemas in snake_case. */

type SnakeCase<Name> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Uppercase<First> ? (First extends Lowercase<First> ? First : `_${Lowercase<First>}`) : First}${SnakeCase<Rest>}`
  : Name

type CamelCase<Name> = Name extends `${infer Head}_${infer Rest}` ? `${Head}${Capitalize<CamelCase<Rest>>}` : Name

/** `redirectUris` → `redirect_uris` */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, found => `_${found.toLowerCase()}`)
}

/** The object with the names of its own members in camelCase; those inside stay as they are. */
export function camelCase<T extends object>(object: T): { [Name in keyof T as CamelCase<Name>]: T[Name] } {
  const named = Object.entries(object).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, first: string) => first.toUpperCase()),
    value,
  ])
  return Object.fromEntries(named) as never
}

type Shape = Record<string, z.ZodType>
type Members<S extends Shape> = { [Name in keyof S as SnakeCase<Name>]: S[Name] }

/** The members of a schema with their names in snake_case. */
export function snakeCased<S extends Shape>(shape: S): Members<S> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [snakeCase(name), schema])) as never
}

type Undefaulted<S extends z.ZodType> = S extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : S
type Changes<S extends Shape> = { [Name in keyof S]: z.ZodOptional<Undefaulted<S[Name]>> }

/** The members of a schema for a change, in which each may be left out, and then has no default. */
export function changes<S extends Shape>(shape: S): Changes<S> {
  const optional = Object.entries(shape).map(([name, schema]) => [
    name,
    z.optional(schema instanceof z.ZodDefault ? schema.unwrap() : schema),
  ])
  return Object.fromEntries(optional) as never
}
