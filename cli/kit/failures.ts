import { CommanderError } from 'commander'
import { BrokenChain } from '../../src/audit/broken-chain.ts'
import { ChainInUse } from '../../src/audit-chain/chain-wait.ts'
import { ConfigError } from '../../src/base/config.ts'
import { InvalidInput, Refusal, StoreUnavailable } from '../../src/base/refusals.ts'
import { KeyNotListed } from '../../src/base/sealing.ts'
import { SchemaFailure } from '../../src/storage/database/migrations.ts'
import { EXIT } from './exit-codes.ts'
import { Interrupted } from './io.ts'

/** A failure as the operator sees it. */
export interface Failure {
  exit: number
  /** Stable, for programs. */
  code: string
  message: string
  /** What to do about it. */
  advice?: string
}

/** A refusal by the command line itself. */
export class CliError extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

export function usageError(message: string, advice?: string): CliError {
  return new CliError({ exit: EXIT.usage, code: 'usage', message, ...(advice ? { advice } : {}) })
}

const BY_STATUS: Record<number, number> = {
  401: EXIT.refused,
  403: EXIT.refused,
  404: EXIT.notFound,
  409: EXIT.conflict,
  422: EXIT.usage,
  429: EXIT.busy,
  503: EXIT.busy,
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return error.failure
  if (error instanceof CommanderError) return { exit: EXIT.usage, code: 'usage', message: error.message }
  if (error instanceof StoreUnavailable) return storageFailure(error)
  if (error instanceof Refusal) return { exit: exitOf(error), code: error.code, message: error.message }
  if (error instanceof Interrupted) return { exit: EXIT.interrupted, code: 'interrupted', message: error.message }
  for (const cause of chain(error)) {
    const failure = systemFailure(cause)
    if (failure) return failure
  }
  const message = error instanceof Error ? error.message : String(error)
  const advice = 'This is a bug in Gatehouse. Run the command again with --verbose for details.'
  return { exit: EXIT.unexpected, code: 'unexpected', message, advice }
}

function exitOf(refusal: Refusal): number {
  const taken = refusal instanceof InvalidInput && Object.values(refusal.fields).includes('taken')
  return taken ? EXIT.conflict : (BY_STATUS[refusal.status] ?? EXIT.unexpected)
}

const OWN_ERRORS = [
  [ConfigError, EXIT.configuration, 'configuration', 'For all settings, see: gatehouse config explain'],
  [
    KeyNotListed,
    EXIT.configuration,
    'secret_keys',
    'SECRET_KEYS must list every key that this database was used with, newest first.',
  ],
  [
    ChainInUse,
    EXIT.busy,
    'audit_in_use',
    'Try again later. A session that has stopped working can be ended with: select pg_terminate_backend(PROCESS)',
  ],
  [BrokenChain, EXIT.findings, 'audit_broken', 'For what is wrong, see: gatehouse audit verify'],
  [SchemaFailure, EXIT.storage, 'schema', 'For the applied migrations, see: gatehouse migrate status'],
] as const

const FILE_ERRORS = ['ENOENT', 'EEXIST', 'EACCES', 'EISDIR', 'EROFS', 'ENOSPC']

/** A failure outside the code of Gatehouse: settings, keys, schema, ports, stores, files. */
function systemFailure(error: Error): Failure | null {
  const { message } = error
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException
  for (const [kind, exit, code, advice] of OWN_ERRORS) {
    if (error instanceof kind) return { exit, code, message, advice }
  }
  if (syscall === 'listen' || syscall === 'bind') {
    const advice = 'Change PORT or HOST, or DEMO_PORT for the demo application.'
    return { exit: EXIT.configuration, code: 'listen', message: `cannot listen: ${message}`, advice }
  }
  if (error instanceof StoreUnavailable) return storageFailure(error)
  if (syscall && FILE_ERRORS.includes(code)) return { exit: EXIT.usage, code: 'file', message: fileProblem(message) }
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return { exit: EXIT.usage, code: 'file', message: 'the input is not UTF-8 or UTF-16 text' }
  return null
}

/** `ENOENT: no such file or directory, open 'x'` as `cannot open x: no such file or directory`. */
export function fileProblem(message: string): string {
  return message.replace(/^E[A-Z]+: (.+), (\w+) '([^']+)'$/, 'cannot $2 $3: $1')
}

function storageFailure({ store, reason }: StoreUnavailable): Failure {
  const advice = 'Check DATABASE_URL and REDIS_URL; `gatehouse config check` tries both.'
  return { exit: EXIT.storage, code: 'storage', message: `storage is not reachable: ${store}: ${reason}`, advice }
}

/** An error, its cause, and so on; for an AggregateError the chain of each. */
export function chain(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const several = error instanceof AggregateError ? error.errors.flatMap(chain) : []
  return [...several, error, ...chain(error.cause)]
}
