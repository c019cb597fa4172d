import type { OwnerProof } from '../../lifecycle/email-change/former-owner.ts'
import type { UndoEmailChangeError } from '../kit/pages/page-parts.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { form, page } from '../kit/pages/route.ts'

type Word = 'wrong' | 'gone' | 'too-many-attempts' | 'busy' | 'address-gone' | 'form-expired'

/**
 * The page behind the link that undoes a change of email: it asks for a proof, and works without JavaScript. All its forms
 * are sent to its own path, so that it can be reloaded at any time.
 */
export const undoEmailChangeRoutes = [
  page('/undo-email-change/:token', (request: PageRequest) => undoEmailChangePage(request)),
  form<PageRequest, Word>('/undo-email-change/:token', prove, {
    refusals: {
      forbidden_form: 'form-expired',
      invalid_input: 'form-expired',
      wrong_credentials: 'wrong',
      too_many_attempts: 'too-many-attempts',
      busy: 'busy',
      conflict: 'address-gone',
      link_invalid: 'gone',
      account_gone: 'gone',
      signed_out: 'gone',
    },
    onRefusal(request, { code: word, ...problem }) {
      if (word === 'gone') return gone(request)
      return undoEmailChangePage(request, { ...problem, code: codeOf(word, proofOf(request)) })
    },
  }),
]

/** Changes nothing, because mail scanners open the page too. */
async function undoEmailChangePage(request: PageRequest, error: UndoEmailChangeError | null = null): Promise<void> {
  const { app, browser, token } = request
  const restorable = await app.emailChangeUndo.look(token, { browser })
  if (!restorable) return gone(request)
  const form = request.form(`undo-email-change/${token}`)
  const { account: _account, ...proofs } = restorable
  const passkey = proofs.passkey && { ...form, ...proofs.passkey }
  request.answer('links/undo-email-change', { ...form, ...proofs, passkey, mailbox: app.config.mailbox, error })
}

async function prove(request: PageRequest): Promise<void> {
  const { app, browser, by, token } = request
  const proof = proofOf(request)
  if (proof) return done(request, (await app.emailChangeUndo.complete(token, proof, { by })).email)
  await app.emailChangeUndo.sendCode(token, { by, browser })
  request.redirect(request.action(`undo-email-change/${token}`))
}

/** A used link shows its result again, as long as the account has the address that it restored. */
async function gone(request: PageRequest): Promise<void> {
  const address = await request.app.emailChangeUndo.done(request.token)
  if (address === null) request.linkInvalid()
  else done(request, address)
}

function done(request: PageRequest, address: string): void {
  const { mailbox } = request.app.config
  request.answer('links/done', { what: 'undo-email-change', address, mailbox }, 200)
}

function codeOf(word: Exclude<Word, 'gone'>, proof: OwnerProof | null): UndoEmailChangeError['code'] {
  if (word === 'wrong') return proof ? `wrong-${proof.method}` : 'form-expired'
  return word === 'too-many-attempts' && !proof ? 'too-many-emails' : word
}

/** The proof that was sent; null if a code by email is requested. */
function proofOf(request: PageRequest): OwnerProof | null {
  if (request.has('challenge_token')) return { method: 'passkey', ...request.passkeyResponse() }
  if (request.has('password')) return { method: 'password', ...request.fields('password') }
  if (request.has('code')) return { method: 'totp', ...request.fields('code') }
  if (request.has('email-code'))
    return { method: 'email-code', code: request.field('email-code'), browser: request.browser }
  return null
}
