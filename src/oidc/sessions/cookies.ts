import type { Config } from '../../base/config.ts'

/**
 * The names and options of all cookies of the protocol. With https most are bound to the host, so that no sibling domain
 * can set them. They are not signed: each holds 256 random bits that are looked up, or is sealed.
 */
export function cookies({ secure }: Pick<Config, 'secure'>) {
  const options = { httpOnly: true, sameSite: 'lax', secure, signed: false } as const
  const host = secure ? '__Host-' : ''
  const path = secure ? '__Secure-' : ''
  return {
    names: {
      session: `${host}gatehouse_session`,
      interaction: `${path}gatehouse_interaction`,
      resume: `${path}gatehouse_resume`,
      /** Identifies the browser. */
      browser: `${host}gatehouse_form`,
      /** The open interactions of the browser. */
      open: `${host}gatehouse_open`,
      /** The sessions of the browser besides the current one. */
      others: `${host}gatehouse_others`,
    },
    long: { ...options, path: '/' },
    short: options,
  }
}
