import { handleRefusals, type PageProblem, type RefusalCodes } from '../errors/error-responses.ts'
import type { PageRequest } from './page-request.ts'

type Handle<Request> = (request: Request) => Promise<void> | void

/** A page or a form. Routes are declared at the head of the file that handles them, as its contract. */
export interface Route<Request extends PageRequest> extends Contract<Request, string> {
  method: 'get' | 'post'
  path: string
  handle: Handle<Request>
}

interface Contract<Request, Word extends string> {
  /** Whether sending it creates a record, so that it counts against the limit for such forms (middleware/stored-requests-limit.ts). */
  leavesRecord?: boolean
  /** The page's codes for refusals (../errors/error-responses.ts). A form that was not sent from its own page is `forbidden_form`. */
  refusals?: RefusalCodes<Word>
  /** Shows the form again with what was typed, except secrets. */
  onRefusal?(request: Request, problem: PageProblem<Word>): Promise<void> | void
}

export function page<Request extends PageRequest>(path: string, handle: Handle<Request>): Route<Request> {
  return { method: 'get', path, handle }
}

/** Declares a form, which is accepted only from its own page. */
export function form<Request extends PageRequest, Word extends string = never>(
  path: string,
  handle: Handle<Request>,
  contract: Contract<Request, Word> = {},
): Route<Request> {
  return { method: 'post', path, handle, ...contract }
}

/** Answers a request to this route: checks the origin of a form, and shows it again if it is refused. */
export async function handleRoute<Request extends PageRequest>(route: Route<Request>, request: Request): Promise<void> {
  const work = async () => {
    if (route.method === 'post') request.parts.forms.verifyToken(request.ctx)
    await route.handle(request)
  }
  await handleRefusals(request.ctx, work, {
    refusals: route.refusals ?? {},
    onRefusal: problem => route.onRefusal?.(request, problem),
  })
}
