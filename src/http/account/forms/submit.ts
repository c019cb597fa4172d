import { z } from 'zod'
import { parseEmail } from '../../../accounts/email.ts'
import { InvalidInput } from '../../../base/refusals.ts'
import { stepUp } from '../../../oidc/sessions/step-up.ts'
import { handleRefusals } from '../../kit/errors/error-responses.ts'
import { keepBrowserTokens, readBrowserTokens } from '../../kit/request/known-browser-cookie.ts'
import { type Action, type OwnBrowser, perform, type Shown } from '../action.ts'
import type { AccountParts, AccountRequest } from '../page.ts'
import { pageNamed } from '../sections.ts'
import { submittedForm } from './submitted-form.ts'
import { validate } from './validate.ts'

export interface Showing {
  page(request: AccountRequest, name: string): Promise<void>
  shown(request: AccountRequest, under: string, shown: Shown): Promise<void>
}

/** Performs the action of a form and shows its notice, or shows the form again with what is wrong. */
export async function submit(
  parts: AccountParts,
  { page, shown }: Showing,
  request: AccountRequest,
  action: Action,
  item: string,
): Promise<void> {
  const { app, ctx, person, uid, signedInAt } = request
  const form = action.form!
  const sent = ctx.method === 'GET' ? new URLSearchParams(ctx.querystring) : ctx.state.form
  const work = async () => {
    if (form.confirmed) await confirm(request, sent)
    const answer = await perform(action, {
      app,
      person,
      account: () => app.accounts.find(person.id),
      by: { ...ctx.state.visitor, kind: 'account', id: person.id, signedInAt },
      session: uid,
      browser: browserOf(parts, request),
      locale: ctx.state.locale,
      item,
      body: action.body && validate(action.body, form.reads?.(sent) ?? fieldsOf(action.body, sent), 'form'),
      query: undefined,
    })
    const after = form.leadsTo ?? form.page
    const instead = form.shows?.(answer)
    if (instead) return shown(request, after, instead)
    // A redirect, so that a reload does not repeat the action.
    ctx.status = 303
    ctx.redirect(`${app.config.basePath}/account${pageNamed(after).path}?done=${form.notice}`)
  }
  await handleRefusals(ctx, work, {
    refusals: { invalid_input: 'invalid', ...action.refusals },
    onRefusal({ code, fields }) {
      const wrong = Object.keys(fields).length > 0 ? fields : { [action.about ?? '']: code }
      const submitted = submittedForm({ action: action.name, item, keeps: form.keeps }, sent, wrong)
      return page({ ...request, submitted }, form.page)
    },
  })
}

async function confirm({ app, person }: AccountRequest, sent: URLSearchParams): Promise<void> {
  const { email } = await app.accounts.find(person.id)
  if (parseEmail(sent.get('email') ?? '') !== email) throw new InvalidInput({ email: 'mismatch' })
}

/** A checkbox is a boolean, and the result of WebAuthn is JSON. */
function fieldsOf(body: z.ZodType, sent: URLSearchParams): Record<string, unknown> {
  const shape: Record<string, z.ZodType> = body instanceof z.ZodObject ? body.shape : {}
  const fields = Object.entries(shape).map(([name, schema]) => {
    const kind = schema instanceof z.ZodDefault ? schema.unwrap() : schema
    if (kind instanceof z.ZodBoolean) return [name, sent.has(name)]
    if (kind instanceof z.ZodObject) return [name, parsed(sent.get(name))]
    return [name, sent.get(name) ?? undefined]
  })
  return Object.fromEntries(fields)
}

/** An empty object if it is not JSON, which the action then refuses. */
function parsed(json: string | null): unknown {
  try {
    return JSON.parse(json ?? '')
  } catch {
    return {}
  }
}

function browserOf(parts: AccountParts, { app, ctx }: AccountRequest): OwnBrowser {
  const browserTokens = readBrowserTokens(ctx, app.config)
  return {
    id: parts.forms.ensureBrowserId(ctx),
    browserTokens,
    passed: factor => stepUp(parts, ctx, factor),
    async keepKnown(account) {
      keepBrowserTokens(ctx, await app.completedSignIns.rememberBrowser(account, browserTokens), app.config)
    },
  }
}
