import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PGlite } from '@electric-sql/pglite'
import { Redis } from 'ioredis'
import pg from 'pg'

/** The name of the asynchronous resource of an argon2 hash. */
const HASH = 'argon2:HashWorker'
const REQUEST = 'http.server.request.start'

/** Statements for cached data and for new connections, which any of the requests may make. */
const OCCASIONAL = [
  /^sql: set statement_timeout/,
  /^sql: select .* from "(client|resource|identity_provider)" as/,
  /^sql: select id, kinds from webhook where enabled$/,
  /^sql: select encode\(gatehouse_token_key\(/,
  /^sql: select email, email_verified, .* from account where id = \S+$/,
]

/**
 * The work of requests to servers in this process, up to their answer: each password hash, database statement and Redis
 * command. The time of a request depends on the machine, its work does not. Work beside a request, or after its
 * answer, is not counted. Create it before the server starts.
 */
export class RequestWork {
  readonly #requests = new AsyncLocalStorage<{ response: ServerResponse; done: string[] }>()
  readonly #answers: { response: ServerResponse; done: string[] }[] = []
  readonly #restore: (() => void)[] = []

  constructor() {
    const hook = createHook({ init: (_id, type) => void (type === HASH && this.#note('hash')) }).enable()
    const started = (message: unknown) => this.#begin(message as { request: IncomingMessage; response: ServerResponse })
    subscribe(REQUEST, started)
    this.#restore.push(
      () => hook.disable(),
      () => unsubscribe(REQUEST, started),
      this.#watchRedis(),
      this.#watchPostgres(),
      this.#watchPglite(),
    )
  }

  /** The work for this answer, sorted: its order does not matter. @throws Error where no server here gave the answer */
  of(response: Response): string[] {
    const id = response.headers.get('x-request-id')
    const answer = this.#answers.findLast(({ response }) => response.getHeader('x-request-id') === id)
    if (!answer) throw new Error('this response is not from a server of this process')
    return answer.done.toSorted()
  }

  stop(): void {
    for (const restore of this.#restore) restore()
  }

  #begin({ request, response }: { request: IncomingMessage; response: ServerResponse }) {
    const answer = { response, done: [] }
    this.#answers.push(answer)
    this.#requests.enterWith(answer)
    // The end of a body is reported outside of the asynchronous context of its head.
    request.once('end', () => this.#requests.enterWith(answer))
  }

  #note(what: string) {
    const request = this.#requests.getStore()
    if (!request || request.response.writableEnded || OCCASIONAL.some(each => each.test(what))) return
    request.done.push(what)
  }

  #watchPostgres(): () => void {
    const { query } = pg.Client.prototype
    Object.assign(pg.Client.prototype, { query: this.#noting(query, textOf) })
    return () => void Object.assign(pg.Client.prototype, { query })
  }

  /** Pools whose transactions run their statements directly. */
  #watchPglite(): () => void {
    const { query, transaction } = PGlite.prototype
    const noting = (each: Method) => this.#noting(each, textOf)
    const watched = function watched(this: PGlite, work: Parameters<typeof transaction>[0]) {
      return transaction.call(this, inner => work(Object.assign(inner, { query: noting(inner.query as Method) })))
    }
    Object.assign(PGlite.prototype, { query: noting(query as Method), transaction: watched })
    return () => void Object.assign(PGlite.prototype, { query, transaction })
  }

  /** Counts commands where they are issued: those of many requests are sent in one batch. */
  #watchRedis(): () => void {
    const commands = Redis.prototype as unknown as Record<string, Method>
    const { defineCommand } = Redis.prototype
    const names = Redis.prototype.getBuiltinCommands()
    const given = Object.fromEntries(names.map(name => [name, commands[name]!]))
    const noting = (name: string, command: Method) => this.#noting(command, () => `redis: ${name}`)
    for (const name of names) commands[name] = noting(name, given[name]!)
    Redis.prototype.defineCommand = function defined(this: Redis, name, definition) {
      defineCommand.call(this, name, definition)
      const own = this as unknown as typeof commands
      own[name] = noting(name, own[name]!)
    }
    return () => void Object.assign(Redis.prototype, { ...given, defineCommand })
  }

  #noting(method: Method, describe: (first: unknown) => string): Method {
    const note = (first: unknown) => this.#note(describe(first))
    return function noted(this: unknown, ...args) {
      note(args[0])
      return method.apply(this, args)
    }
  }
}

type Method = (this: unknown, ...args: unknown[]) => unknown

function textOf(statement: unknown): string {
  const { text } = typeof statement === 'string' ? { text: statement } : (statement as { text: string })
  const bare = text
    .replace(/\s+/g, ' ')
    .replace(/'(?:[^']|'')*'|\bnull\b/g, '?')
    .replace(/^(release|rollback to) "?trx\w*"?$/, 'end of savepoint')
    .replace(/"?trx\d+"?/, 'trx')
    .trim()
  return `sql: ${bare}`
}
