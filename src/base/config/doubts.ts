import type { Values } from './settings.ts'

/** What production may do, but hardly means to. */
export function doubts(values: Values, secure: boolean): string[] {
  const unreachable =
    values.SMTP_URL == null && values.EMAIL_VERIFICATION === 'required' && values.REGISTRATION === 'open'
  return [
    ...(secure ? [] : ['PUBLIC_URL is http: passwords and tokens travel readable']),
    ...(unreachable
      ? ['without SMTP_URL no letter is delivered: people who register can never prove their address']
      : []),
  ]
}
