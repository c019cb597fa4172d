import { attempt, type Problem, type Says } from './answers.ts'
import type { PageRequest } from './page-request.ts'

type Handle<Request> = (request: Request) => Promise<void> | void

/** A page, or a form that is sent to it. Routes stand at the head of the file that handles them: they are its contract. */
export interface Route<Request extends PageRequest> {
  method: 'get' | 'post'
  path: string
  handle: Handle<Request>
  /** Sending it leaves a record behind, so it is counted together with all forms that do (middleware/record-limit.ts). */
  leavesRecord: boolean
  /** The page's own words for refusals (answers.ts). A form that was not sent from its own page is `forbidden_form`. */
  says: Says<string>
  /** Shows the form again, with what was typed but for secrets. */
  again(request: Request, problem: Problem): Promise<void> | void
}

interface Contract<Request, Word extends string> {
  leavesRecord?: boolean
  says?: Says<Word>
  again?(request: Request, problem: Problem<Word>): Promise<void> | void
}

export function page<Request extends PageRequest>(path: string, handle: Handle<Request>): Route<Request> {
  return { method: 'get', path, handle, leavesRecord: false, says: {}, again: () => {} }
}

/** A form is taken only where it comes from its own page. */
export function form<Request extends PageRequest, Word extends string = never>(
  path: string,
  handle: Handle<Request>,
  { leavesRecord = false, says = {}, again = () => {} }: Contract<Request, Word> = {},
): Route<Request> {
  return { method: 'post', path, handle, leavesRecord, says, again }
}

/** Answers a request to this route: checks where a form comes from, and shows it again where it is refused. */
export async function take<Request extends PageRequest>(route: Route<Request>, request: Request): Promise<void> {
  const work = async () => {
    if (route.method === 'post') request.parts.forms.demandGenuine(request.ctx)
    await route.handle(request)
  }
  await attempt(request.ctx, work, { says: route.says, again: problem => route.again(request, problem) })
}
