import type { App } from '../../app.ts'
import { TokenRefused } from '../../oidc/bearer/token-refused.ts'
import { DPOP_ALGORITHMS } from '../../oidc/clients/dpop-proof.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import type { CrossOrigin } from './cross-origin.ts'

interface Parts {
  app: App
  origins: CrossOrigin
}

/** Around all routes: sets the headers for browsers, and says why a token was refused. */
export function answerRefusals({ app, origins }: Parts): Handler {
  return async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.vary('Origin')
    if (ctx.method === 'OPTIONS') return origins.preflight(ctx)
    try {
      await next()
    } catch (error) {
      if (error instanceof TokenRefused) {
        setChallenge(ctx, error, app.config.issuer)
        if (!ctx.response.get('Access-Control-Allow-Origin')) await origins.allowAnyClient(ctx)
      }
      throw error
    }
  }
}

function setChallenge(ctx: Context, { challenge }: TokenRefused, realm: string): void {
  const bound = /^dpop /i.test(ctx.get('authorization'))
  const algorithms = bound ? { algs: DPOP_ALGORITHMS.join(' ') } : {}
  const parameters = Object.entries({ realm, ...challenge, ...algorithms })
  ctx.set(
    'WWW-Authenticate',
    `${bound ? 'DPoP' : 'Bearer'} ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`,
  )
}
