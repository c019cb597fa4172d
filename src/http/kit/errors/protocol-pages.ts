import type { Config } from '../../../base/config.ts'
import type { Logger } from '../../../base/log.ts'
import { translatorFor } from '../../../i18n/translator.ts'
import type { Help } from '../../../oidc/diagnosis/developer-help.ts'
import type { ClientInfo, Problem, Screens } from '../../../oidc/provider/screens.ts'
import { safeLink } from '../pages/pages.ts'
import type { Show } from '../pages/show.ts'
import type { Context } from '../request/context.ts'

/** The pages that the protocol shows. Details for developers are on the page in development, and in the log in production. */
export function protocolPages({ config, log, show }: { config: Config; log: Logger; show: Show }): Screens {
  return {
    problem(ctx, { status, code, retryAfter, help, client, cause }: Problem) {
      const { requestId } = (ctx as Context).state
      if (config.production && help)
        log.warn({ requestId, code, ...inWords(help), err: undefined, reason: cause.message }, 'a request was refused')
      show(ctx as Context, 'error', {
        status,
        code,
        requestId,
        retryAfter,
        back: backTo(client),
        developer: config.production ? null : help,
      })
    },
    confirmSignOut(ctx, page) {
      show(ctx as Context, 'oidc/sign-out', page)
    },
    signedOut(ctx, page) {
      show(ctx as Context, 'oidc/signed-out', { ...page, backUrl: page.client?.uri ?? null })
    },
    upstreamLogout(ctx, { title, url }) {
      if (!safeLink(url)) return
      ctx.status = 200
      ctx.remove('Location')
      show(ctx as Context, 'oidc/upstream-sign-out', { provider: title, url })
    },
    returnToClient(ctx, { client, url }) {
      ctx.status = 200
      ctx.remove('Location')
      show(ctx as Context, 'redirect-to-client', { client, url })
    },
  }
}

/** What the page says of an address that is not registered, for the log. */
function inWords({ address, ...help }: Help): object {
  if (!address) return help
  const english = translatorFor('en')
  return {
    ...help,
    nearest: address.change,
    differences: address.differences.map(each => english.t(`developer.difference.${each.kind}`, { ...each })),
    advice: english.t(`developer.advice.${address.advice}`),
    fix: address.register,
    problem: address.problem && `it ${address.problem}`,
  }
}

function backTo(client: ClientInfo | null): { url: string; name: string } | null {
  const url = safeLink(client?.uri ?? null)
  return client && url ? { url, name: client.name } : null
}
