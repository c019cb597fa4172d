import fc from 'fast-check'

/** Makes requests, valid and invalid ones, of what an OpenAPI document says about an operation. */

export interface Schema {
  $ref?: string
  type?: string
  format?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  minimum?: number
  maximum?: number
  maxLength?: number
}

export interface Operation {
  operationId: string
  parameters: { name: string; in: 'path' | 'query' | 'header'; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, unknown> }>
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** In a path: something that exists, by its place among all that is known, or a text. */
export type Segment = { known: number } | { text: string }

export interface Request {
  path: Record<string, Segment>
  query: readonly (readonly [name: string, value: string])[]
  headers: Record<string, string>
  body: string | undefined
  type: string
}

const HOSTILE = [
  ...['', ' ', '\0', 'a\0b', '\ud800', 'a\udfffb', '\u202e', '🙂', 'ﬀ', '\r\nX-Injected: 1', '%00', '%'],
  ...["'; drop table account; --", '" or 1=1 --', '<script>alert(1)</script>', '{{7*7}}', '../../etc/passwd'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'null', 'undefined', 'NaN', '-1', '1e400', '9'.repeat(40)],
  ...['x'.repeat(300), 'x'.repeat(10_000), 'x@'.repeat(200), '00000000-0000-0000-0000-000000000000'],
]
const NUMBERS = [0, -1, -0, 1.5, 2 ** 31, 2 ** 53, 1e308, -1e308, Number.MIN_VALUE]

const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 40 }))
/** Node refuses longer addresses itself. */
const shortText = text.map(each => each.slice(0, 1000))
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.constantFrom(...NUMBERS, true, null),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(JSON.parse('{"__proto__":{"admin":true}}'), JSON.parse('['.repeat(12) + ']'.repeat(12))),
)

/** Values as the schema wants them. An address is one at which no server can be. */
function valid(schema: Schema, document: OpenApi): fc.Arbitrary<unknown> {
  const inside = (each: Schema) => valid(each, document)
  if (schema.$ref) return inside(document.components.schemas[schema.$ref.split('/').at(-1)!]!)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(inside))
  switch (schema.type) {
    case 'string':
      return string(schema)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -(2 ** 31), max: schema.maximum ?? 2 ** 31 })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(inside(schema.items ?? {}), { maxLength: 3 })
    case 'object':
      return object(schema, inside)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function string({ format, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map(date => date.toISOString())
  if (format === 'uri') return fc.constantFrom('https://localhost:1/', 'http://127.0.0.1:1/path')
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{1,12}$/)
  return fc
    .oneof(
      word,
      word.map(name => `${name}@example.org`),
      text,
    )
    .map(each => each.slice(0, maxLength))
}

function object(
  { properties = {}, required = [], additionalProperties }: Schema,
  inside: (schema: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<object> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, inside(schema)]))
  const known = fc.record(members, { requiredKeys: required })
  if (typeof additionalProperties !== 'object') return known
  const others = fc.dictionary(text, inside(additionalProperties), { maxKeys: 3 })
  return fc.tuple(others, known).map(([first, second]) => ({ ...first, ...second }))
}

/** The value, with one member that is something else, missing or too much. */
function spoilt(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(value, fc.nat(), hostile, fc.oneof(fc.constantFrom('__proto__', 'id'), text))
    .map(([original, place, bad, extra]) => {
      if (typeof original !== 'object' || original === null) return bad
      const entries = Object.entries(original)
      const at = place % (entries.length + 2)
      if (at === entries.length) return Object.fromEntries([...entries, [extra, bad]])
      return Object.fromEntries(
        entries.flatMap(([name, each], i) => (i === at ? (place % 3 ? [[name, bad]] : []) : [[name, each]])),
      )
    })
}

function body({ requestBody }: Operation, document: OpenApi): fc.Arbitrary<Pick<Request, 'body' | 'type'>> {
  const type = fc.constant('application/json')
  if (!requestBody) return fc.record({ body: fc.constantFrom(undefined, undefined, '{}'), type })
  const good = valid(requestBody.content['application/json']!.schema, document)
  const asText = (value: fc.Arbitrary<unknown>) => value.map(each => JSON.stringify(each))
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ body: asText(good), type }) },
    { weight: 6, arbitrary: fc.record({ body: asText(spoilt(good)), type }) },
    { weight: 2, arbitrary: fc.record({ body: asText(hostile), type }) },
    {
      weight: 1,
      arbitrary: fc.record({
        body: fc.constantFrom(undefined, '', '{', '{"a":1}x', '\ufeff{}'),
        type: fc.constantFrom('application/json', 'text/plain', 'application/xml', 'multipart/form-data'),
      }),
    },
  )
}

const visible = fc.stringMatching(/^[!-~]{1,20}$/)

export function requests(operation: Operation, document: OpenApi): fc.Arbitrary<Request> {
  const named = (place: string) => operation.parameters.filter(each => each.in === place)
  const segment: fc.Arbitrary<Segment> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ known: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ text: shortText.filter(each => !/^\.{0,2}$/.test(each)) }) },
  )
  const queried = named('query').map(({ name, schema }) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        valid(schema, document).map(each => String(each).slice(0, 1000)),
        shortText,
      ),
    ),
  )
  const path = Object.fromEntries(named('path').map(({ name }) => [name, segment]))
  const headers = fc.subarray(named('header').map(({ name }) => name))
  return fc
    .record({
      path: fc.record(path),
      query: fc.oneof(
        queried.length > 0 ? fc.array(fc.oneof(...queried), { maxLength: 3 }) : fc.constant([]),
        fc.constant([]),
        fc.array(fc.tuple(shortText, shortText), { maxLength: 1 }),
      ),
      headers: fc.tuple(headers, visible).map(([names, value]) => Object.fromEntries(names.map(name => [name, value]))),
      sent: body(operation, document),
    })
    .map(({ sent, ...rest }) => ({ ...rest, ...sent }))
}
