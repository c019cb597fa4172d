import type { Config } from '../../../base/config.ts'
import type { Context } from '../../kit/request/context.ts'

/** The path below which the browser says which interaction it goes on with when it comes back from an email. */
const VERIFY_PATH = '/verify-email'

const MAX_AGE_MS = 60 * 60 * 1000

/** The interaction that this browser goes on with once the email is verified. */
export function returnsTo(ctx: Context, config: Config): string | null {
  return ctx.cookies.get(nameFor(config), { signed: false }) ?? null
}

export function returnTo(ctx: Context, config: Config, interaction: string): void {
  ctx.cookies.set(nameFor(config), interaction, {
    httpOnly: true,
    sameSite: 'lax',
    secure: config.secure,
    path: `${config.basePath}${VERIFY_PATH}`,
    maxAge: MAX_AGE_MS,
    signed: false,
  })
}

function nameFor({ secure }: Config): string {
  return secure ? '__Secure-gatehouse_return' : 'gatehouse_return'
}
