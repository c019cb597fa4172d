import type { Context } from '../context.ts'
import type { Problem, Says } from '../kit/answers.ts'
import type { Parts, Turn } from './turn.ts'

type Handle = (turn: Turn) => Promise<void> | void

/** A page, or a form that is sent to it. What is said here is checked in one place (routes.ts), before and after `handle`. */
export interface Route {
  method: 'get' | 'post'
  /** Below the address of the interaction. */
  path: string
  handle: Handle
  /** The question of the protocol that it helps to answer: at another one the browser is led to where it stands. */
  prompt: 'login' | 'consent' | 'any'
  /** Whether whoever sends it leaves a record, so that it is counted with others that do (middleware/record-limit.ts). */
  leavesRecord: boolean
  /** The page's own words for refusals; a form that was not sent from its own page is one of them, `forbidden_form`. */
  says: Says<string>
  /** Shows the form again, with what was typed but for secrets. */
  again(turn: Turn, problem: Problem): Promise<void> | void
  /** Answers where there is no interaction to go on with. @returns whether it did */
  before?(parts: Parts, ctx: Context): Promise<boolean>
}

interface Contract<Word extends string> {
  prompt?: Route['prompt']
  leavesRecord?: true
  says?: Says<Word>
  again?(turn: Turn, problem: Problem<Word>): Promise<void> | void
  before?: NonNullable<Route['before']>
}

export function page(path: string, handle: Handle, contract: Pick<Contract<never>, 'prompt' | 'before'> = {}): Route {
  return { method: 'get', path, handle, ...DEFAULTS, ...contract }
}

/** A form is taken only where it comes from its own page. */
export function form<Word extends string>(path: string, handle: Handle, contract: Contract<Word> = {}): Route {
  return { method: 'post', path, handle, ...DEFAULTS, ...contract }
}

const DEFAULTS = { prompt: 'login', leavesRecord: false, says: {}, again: () => {} } as const
