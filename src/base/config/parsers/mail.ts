import { z } from 'zod'
import { isMailAddress, mailAddress } from '../../text/email-address.ts'

/** A mail server and how to connect to it. */
export interface MailServer {
  host: string
  port: number
  /** Whether TLS starts with the first byte (RFC 8314); otherwise STARTTLS is used. */
  secure: boolean
  user: string | null
  password: string | null
}

export interface Sender {
  name: string
  address: string
}

const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const

export const smtpUrl = z.string().transform((text, check): MailServer => {
  const url = /^smtps?:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null
  const part = (name: 'username' | 'password') => (url?.[name] ? decoded(url[name]) : null)
  const [user, password] = [part('username'), part('password')]
  if (url == null || url.hostname === '') check.addIssue('not an smtp or smtps URL')
  else if (!/^\/?$/.test(url.pathname) || url.search || url.hash)
    check.addIssue('must not contain a path, query or fragment')
  else if (user === undefined || password === undefined)
    check.addIssue('the user or password is not percent-encoded correctly')
  else {
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port) || PORTS[url.protocol as keyof typeof PORTS],
      secure: url.protocol === 'smtps:',
      user,
      password,
    }
  }
  return z.NEVER
})

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** `no-reply@example.com`, or with a name before it: `Example <no-reply@example.com>`. */
export const sender = z.string().transform((text, check): Sender => {
  const [, named = '', inside] = /^([^<>]*)<([^<>]+)>$/.exec(text) ?? []
  const name = named.trim().replace(/^"(.*)"$/, '$1')
  const address = mailAddress((inside ?? text).trim().normalize('NFKC'))
  if (address === null) check.addIssue('not an email address')
  else if (/[\p{C}"\\]/u.test(name)) check.addIssue('the name contains invalid characters')
  else return { name, address }
  return z.NEVER
})

/** The sender if MAIL_FROM is not set: an address at the issuer's host. */
export function defaultSender(issuer: string): Sender {
  const { hostname } = new URL(issuer)
  const own = `no-reply@${hostname}`
  return { name: 'Gatehouse', address: hostname.includes('.') && isMailAddress(own) ? own : 'no-reply@localhost' }
}
