import { rate } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const limits = [
  {
    name: 'SIGN_IN_LIMIT_ACCOUNT',
    schema: rate,
    default: '10/15m',
    example: '5/10m',
    does: 'Failed sign-ins allowed per account, from all IP addresses together; the allowance refills evenly over the duration. A browser that has signed in to the account before is counted separately.',
  },
  {
    name: 'SIGN_IN_LIMIT_IP',
    schema: rate,
    default: '100/15m',
    example: '300/15m',
    does: 'Failed sign-ins, and separately registrations, allowed per IP address (IPv6: per /64 network); the allowance refills evenly over the duration.',
  },
  {
    name: 'EMAIL_LIMIT_ADDRESS',
    schema: rate,
    default: '5/1h',
    example: '3/1h',
    does: 'Emails that anyone can request, such as password resets and verifications, allowed per email address.',
  },
  {
    name: 'EMAIL_LIMIT_IP',
    schema: rate,
    default: '30/1h',
    example: '100/1h',
    does: 'Emails that one IP address can request (IPv6: one /64 network).',
  },
  {
    name: 'API_LIMIT_ACCOUNT',
    schema: rate,
    default: '600/1m',
    example: '100/1m',
    does: 'Account API requests allowed per account, from all applications together; the allowance refills evenly over the duration.',
  },
  {
    name: 'API_LIMIT_ADMIN',
    schema: rate,
    default: '1200/1m',
    example: '6000/1m',
    does: 'Requests to the API for administrators allowed per person or machine; the allowance refills evenly over the duration.',
  },
  {
    name: 'API_LIMIT_IP',
    schema: rate,
    default: '100/1m',
    example: '30/1m',
    does: 'API requests with an invalid access token allowed per IP address (IPv6: per /64 network).',
  },
  {
    name: 'REQUEST_LIMIT_IP',
    schema: rate,
    default: '1200/1m',
    example: '6000/1m',
    does: 'Requests that store something (authorization requests, pushed authorization requests, sign-outs, emails, registrations, sign-ins with an upstream provider) allowed per IP address, all kinds together (IPv6: per /64 network); the allowance refills evenly over the duration.',
  },
] as const satisfies readonly Row[]
