import type { PageData } from '../kit/pages/page-data.ts'
import type { LinkError } from '../kit/pages/page-parts.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { form, page, type Route } from '../kit/pages/route.ts'
import { type Done, LINK_PAGES, type LinkName } from './link-pages.ts'

/** Pages behind emailed links. Each says what its button does; pressing it uses the link. */
export const confirmRoutes = (Object.keys(LINK_PAGES) as LinkName[]).flatMap((what): Route<PageRequest>[] => [
  page(`/${what}/:token`, request => linkPage(request, what)),
  form<PageRequest, LinkError['code'] | 'spent' | 'account-gone'>(`/${what}/:token`, request => act(request, what), {
    refusals: {
      wrong_credentials: 'wrong-password',
      too_many_attempts: 'too-many-attempts',
      busy: 'busy',
      conflict: 'address-gone',
      other_browser: 'other-browser',
      link_invalid: 'spent',
      account_gone: 'account-gone',
    },
    onRefusal(request, { code, ...problem }) {
      if (code === 'account-gone') return request.linkInvalid()
      return code === 'spent' ? spent(request, what) : linkPage(request, what, { ...problem, code })
    },
  }),
])

/** Changes nothing, because mail scanners open the page too. */
async function linkPage(request: PageRequest, what: LinkName, problem: LinkError | null = null): Promise<void> {
  const facts = await LINK_PAGES[what].look(request)
  if (!facts) return spent(request, what)
  const { address, due = null, proof = 'none', cancellable = false } = facts
  const error = proof === 'browser' ? ({ code: 'other-browser' } as const) : problem
  const form = request.form(`${what}/${request.token}`)
  request.answer('links/confirm', { ...form, what, address, due, proof, cancellable, error })
}

async function act(request: PageRequest, what: LinkName): Promise<void> {
  const done = await LINK_PAGES[what].act(request)
  if (done) donePage(request, { what, ...done })
}

async function spent(request: PageRequest, what: LinkName): Promise<void> {
  const { app, token } = request
  const { account, address = null } = (await app.links.justSpent(what, token)) ?? {}
  const done = account?.active ? await LINK_PAGES[what].done?.(app, { account, address }) : null
  if (done) donePage(request, { what, ...done })
  else request.linkInvalid()
}

function donePage(request: PageRequest, done: Done & Pick<PageData['links/done'], 'what'>): void {
  request.answer('links/done', { ...done, mailbox: request.app.config.mailbox }, 200)
}
