import { type CodeOf, type RefusalCode, STATUS } from './refusal-status.ts'

/**
 * An expected error: a request that is refused, with the reason. Pages, JSON, the protocol and the command line all
 * build their response from it: status, code, fields and time to wait. Any other error is a bug.
 */
export abstract class Refusal extends Error {
  abstract readonly code: RefusalCode
  /** The invalid fields, each with a code that pages and programs translate (`password: 'too-short'`). */
  readonly fields: Readonly<Record<string, string>> = {}
  /** Seconds until the same request can succeed; null if waiting doesn't help. */
  readonly retryAfter: number | null = null

  get status(): number {
    return STATUS[this.code]
  }

  /** The reason in words, for the person or program that made the request. */
  get detail(): string {
    return this.message
  }

  /** Headers of the response in addition to those that every response has. */
  get headers(): Record<string, string> {
    return this.retryAfter === null ? {} : { 'Retry-After': String(this.retryAfter) }
  }
}

/** Waits for the result; null if it is refused in this way, which the caller expects. */
export async function orNull<T>(expected: abstract new (...args: never[]) => Refusal, result: Promise<T>) {
  try {
    return await result
  } catch (error) {
    if (error instanceof expected) return null
    throw error
  }
}

export class NotFound extends Refusal {
  readonly code: CodeOf<404>
  constructor(message: string, code: CodeOf<404> = 'not_found') {
    super(message)
    this.code = code
  }
}

export class Conflict extends Refusal {
  readonly code = 'conflict'
}

/** The thing has changed since the version that the request names (RFC 9110 section 13.1.1). */
export class PreconditionFailed extends Refusal {
  readonly code = 'precondition_failed'
  constructor() {
    super('this was changed meanwhile; read it again, and send its new ETag in If-Match')
  }
}

export class Forbidden extends Refusal {
  readonly code: CodeOf<403>
  constructor(message: string, code: CodeOf<403> = 'forbidden') {
    super(message)
    this.code = code
  }
}

/** The actor was signed out meanwhile. */
export class SignedOut extends Forbidden {
  constructor() {
    super('this sign-in has ended', 'signed_out')
  }
}

/** Invalid input. `fields` has a code for each invalid field, which pages translate (`password: 'too-short'`). */
export class InvalidInput extends Refusal {
  readonly code = 'invalid_input'
  override readonly fields: Readonly<Record<string, string>>
  constructor(fields: Record<string, string>, message?: string) {
    super(message ?? Array.from(Object.entries(fields), ([field, problem]) => `${field}: ${problem}`).join('; '))
    this.fields = fields
  }
}

export class WrongCredentials extends Refusal {
  readonly code = 'wrong_credentials'
  constructor() {
    super('wrong email or password')
  }
}

/** The same request can succeed after a number of seconds. */
abstract class TryLater extends Refusal {
  override readonly retryAfter: number
  constructor(retryAfter: number, problem: string) {
    super(`${problem}; try again in ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

export class TooManyAttempts extends TryLater {
  readonly code = 'too_many_attempts'
  constructor(retryAfter: number) {
    super(retryAfter, 'too many attempts')
  }
}

/** An IP address makes more requests than the limit allows. */
export class TooManyRequests extends TryLater {
  readonly code = 'too_many_requests'
  constructor(retryAfter: number) {
    super(retryAfter, 'too many requests from this IP address')
  }
}

export class Busy extends TryLater {
  readonly code = 'busy'
  constructor(retryAfter: number) {
    super(retryAfter, 'the server is busy')
  }
}

export type Store = 'PostgreSQL' | 'Redis'

/**
 * A store doesn't answer or can't do its work: it refused the connection, timed out, is read-only or full. Trying again
 * may help. The message is the error code of RFC 6749 section 4.1.2.1, and the properties next to it are those that the
 * protocol library reads from its own errors, so that it responds in the same way. `reason` is for the operator.
 */
export class StoreUnavailable extends Refusal {
  readonly code = 'temporarily_unavailable'
  readonly store: Store
  readonly reason: string
  /** SQLSTATE, the code of a system error, or the first word of Redis's reply; empty if there is none. */
  readonly state: string
  override readonly retryAfter = 2
  readonly statusCode = 503
  readonly expose = true
  readonly allow_redirect = true
  readonly error_description: string

  constructor(
    store: Store,
    reason: string,
    state = '',
    description = 'the service is temporarily unavailable; try again in a few seconds',
  ) {
    super('temporarily_unavailable')
    this.store = store
    this.reason = reason
    this.state = state
    this.error_description = description
  }

  override get detail(): string {
    return this.error_description
  }
}
