import type { Config } from '../../base/config.ts'

/** The cookies are not signed: each holds 256 random bits that are looked up, so a changed value finds nothing. */
export function cookies({ secure }: Config) {
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: false } as const
  return {
    names: {
      session: secure ? '__Host-gatehouse_session' : 'gatehouse_session',
      interaction: secure ? '__Secure-gatehouse_interaction' : 'gatehouse_interaction',
      resume: secure ? '__Secure-gatehouse_resume' : 'gatehouse_resume',
    },
    long: { ...cookie, path: '/' },
    short: cookie,
  }
}
