import type { Values } from '../settings.ts'

/** Warnings about settings that are allowed in production but probably not intended. */
export function productionWarnings(values: Values, secure: boolean): string[] {
  const unreachable =
    values.SMTP_URL == null && values.EMAIL_VERIFICATION === 'required' && values.REGISTRATION === 'open'
  return [
    ...(secure ? [] : ['PUBLIC_URL is http: passwords and tokens are sent unencrypted']),
    ...(unreachable ? ['without SMTP_URL no email is delivered: people who register cannot verify their email'] : []),
  ]
}
