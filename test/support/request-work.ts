import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PGlite } from '@electric-sql/pglite'
import { Redis } from 'ioredis'
import pg from 'pg'

/** What argon2 calls the work that it gives to a thread. */
const HASH = 'argon2:HashWorker'
const REQUEST = 'http.server.request.start'

/** What a process remembers until it changes, and what is said to each connection once: on which request it falls is chance. */
const OCCASIONAL = [
  /^sql: set statement_timeout/,
  /^sql: select .* from "(client|resource|identity_provider)" as/,
  /^sql: select email, email_verified, .* from account where id = \S+$/,
]

/**
 * What requests to servers in this process cost before they are answered: each password hash, statement of the database
 * and command of Redis. How long a request takes depends on the machine; how much it does, does not. What goes on beside
 * a request, or after its answer, does not count. To be made before the server is started.
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

  /** What was done for this answer, sorted, since the order costs nothing. @throws Error where the answer is not ours */
  of(response: Response): string[] {
    const id = response.headers.get('x-request-id')
    const answer = this.#answers.find(({ response }) => response.getHeader('x-request-id') === id)
    if (!answer) throw new Error('no server of this process gave this answer')
    return answer.done.toSorted()
  }

  stop(): void {
    for (const restore of this.#restore) restore()
  }

  #begin({ request, response }: { request: IncomingMessage; response: ServerResponse }) {
    const answer = { response, done: [] }
    this.#answers.push(answer)
    this.#requests.enterWith(answer)
    // The end of a body is told outside of what the head has begun.
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

  /** Which has its transactions do statements by themselves. */
  #watchPglite(): () => void {
    const { query, transaction } = PGlite.prototype
    const noting = (each: Doing) => this.#noting(each, textOf)
    const watched = function watched(this: PGlite, work: Parameters<typeof transaction>[0]) {
      return transaction.call(this, inner => work(Object.assign(inner, { query: noting(inner.query as Doing) })))
    }
    Object.assign(PGlite.prototype, { query: noting(query as Doing), transaction: watched })
    return () => void Object.assign(PGlite.prototype, { query, transaction })
  }

  /** Where a command is given: those of many requests leave in one batch. */
  #watchRedis(): () => void {
    const commands = Redis.prototype as unknown as Record<string, Doing>
    const { defineCommand } = Redis.prototype
    const names = Redis.prototype.getBuiltinCommands()
    const given = Object.fromEntries(names.map(name => [name, commands[name]!]))
    const noting = (name: string, command: Doing) => this.#noting(command, () => `redis: ${name}`)
    for (const name of names) commands[name] = noting(name, given[name]!)
    Redis.prototype.defineCommand = function defined(this: Redis, name, definition) {
      defineCommand.call(this, name, definition)
      const own = this as unknown as typeof commands
      own[name] = noting(name, own[name]!)
    }
    return () => void Object.assign(Redis.prototype, { ...given, defineCommand })
  }

  #noting(doing: Doing, words: (first: unknown) => string): Doing {
    const note = (first: unknown) => this.#note(words(first))
    return function noted(this: unknown, ...args) {
      note(args[0])
      return doing.apply(this, args)
    }
  }
}

type Doing = (this: unknown, ...args: unknown[]) => unknown

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
