import type { Config } from '../../../base/config.ts'
import type { Context } from '../../kit/request/context.ts'
import { readCookie, setCookie } from '../../kit/request/cookies.ts'

const TTL = 60 * 60

/** The interaction that this browser continues after its email is verified. Only the page of that link receives the cookie. */
export function returnsTo(ctx: Context, config: Config): string | null {
  return readCookie(ctx, nameFor(config))
}

export function returnTo(ctx: Context, config: Config, interaction: string): void {
  const { secure, basePath } = config
  setCookie(ctx, nameFor(config), interaction, { secure, path: `${basePath}/verify-email`, maxAge: TTL })
}

function nameFor({ secure }: Config): string {
  return secure ? '__Secure-gatehouse_return' : 'gatehouse_return'
}
