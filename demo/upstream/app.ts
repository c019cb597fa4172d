import Router from '@koa/router'
import type { Context } from 'koa'
import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import { assets } from '../assets.ts'
import { readForm } from '../form.ts'
import { choicePage, errorPage, homePage } from './pages.ts'
import { personOf } from './people.ts'

/** The pages around the protocol: the provider is a Koa application, and these handlers run before its own. */
export function addPages(provider: Provider, { gatehouse }: { gatehouse: string }): void {
  const router = new Router()
  router.get('/', home)
  router.get('/choose/:uid', ask)
  router.post('/choose/:uid', choose)
  router.get('/assets/:file', assets)

  provider.use(guardedHeaders(gatehouse))
  provider.use(router.routes())

  async function home(ctx: Context) {
    const { accountId } = await provider.Session.get(ctx)
    ctx.body = homePage({ person: personOf(accountId), gatehouse })
  }

  async function ask(ctx: Context) {
    if (await isPending(ctx)) ctx.body = choicePage({ action: ctx.path, gatehouse })
  }

  async function choose(ctx: Context) {
    if (!(await isPending(ctx))) return
    const person = personOf((await readForm(ctx.req)).get('person') ?? undefined)
    const result = person
      ? { login: { accountId: person.sub } }
      : { error: 'access_denied', error_description: 'the person cancelled' }
    ctx.status = 303
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  }

  /** A choice in an expired interaction, or in another browser, is ignored. */
  async function isPending(ctx: Context): Promise<boolean> {
    try {
      await provider.interactionDetails(ctx.req, ctx.res)
      return true
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      ctx.status = 400
      ctx.body = errorPage(error.error_description)
      return false
    }
  }
}

/** Only scripts of the library; forms can redirect to the client. */
function guardedHeaders(gatehouse: string) {
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${new URL(gatehouse).origin}`
  return (ctx: Context, next: () => Promise<void>) => {
    ctx.set({ 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' })
    return next()
  }
}
