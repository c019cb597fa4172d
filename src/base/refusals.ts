/**
 * A refusal is an answer, not a bug. Nouns throw it; one place maps it to HTTP, one to exit codes.
 * `message` is for the person or the calling program; `code` is stable, for machines and translations.
 */
export abstract class Refusal extends Error {
  abstract readonly code: string
  abstract readonly status: number
}

export class NotFound extends Refusal {
  readonly code: string
  readonly status = 404
  constructor(message: string, code = 'not_found') {
    super(message)
    this.code = code
  }
}

export class Conflict extends Refusal {
  readonly code = 'conflict'
  readonly status = 409
}

export class Forbidden extends Refusal {
  readonly code: string
  readonly status = 403
  constructor(message: string, code = 'forbidden') {
    super(message)
    this.code = code
  }
}

/** Whoever does it was signed out while it waited to be done. */
export class SignedOut extends Forbidden {
  constructor() {
    super('this sign-in has ended', 'signed_out')
  }
}

/** Names each field that is wrong with a code that pages translate (`password: 'too-short'`). */
export class InvalidInput extends Refusal {
  readonly code = 'invalid_input'
  readonly status = 422
  readonly fields: Readonly<Record<string, string>>
  constructor(fields: Record<string, string>, message?: string) {
    super(
      message ??
        Object.entries(fields)
          .map(([field, problem]) => `${field}: ${problem}`)
          .join('; '),
    )
    this.fields = fields
  }
}

export class WrongCredentials extends Refusal {
  readonly code = 'wrong-credentials'
  readonly status = 401
  constructor() {
    super('the e-mail address or the password is wrong')
  }
}

export class TooManyAttempts extends Refusal {
  readonly code = 'too-many-attempts'
  readonly status = 429
  /** Seconds until the next try can succeed. */
  readonly retryAfter: number
  constructor(retryAfter: number) {
    super(`too many attempts; try again in ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

/** One address asks for more than is answered to one address at once. */
export class TooManyRequests extends Refusal {
  readonly code = 'too_many_requests'
  readonly status = 429
  /** Seconds. */
  readonly retryAfter: number
  constructor(retryAfter: number) {
    super(`too many requests from this address; try again in ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

export class Busy extends Refusal {
  readonly code = 'busy'
  readonly status = 503
  /** Seconds. */
  readonly retryAfter: number
  constructor(retryAfter: number) {
    super(`too busy; try again in ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

export type Store = 'PostgreSQL' | 'Redis'

/**
 * A store does not answer, or cannot take what it is given: it was refused, timed out, is read-only or full. Nothing was
 * done, and trying again helps. The message is the code that RFC 6749 has for it (section 4.1.2.1), and with what stands
 * beside it the protocol library answers this error as it answers its own; `reason` is for the operator.
 */
export class StoreUnavailable extends Refusal {
  readonly code = 'temporarily_unavailable'
  readonly status = 503
  readonly store: Store
  readonly reason: string
  /** SQLSTATE, the code of a system error, or the first word of what Redis replied; empty where there is none. */
  readonly state: string
  /** Seconds. */
  readonly retryAfter = 2
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
}
