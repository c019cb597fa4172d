import { DURATION, type Setting } from '../setting.ts'
import { duration } from '../values.ts'

export const lifetimes = [
  {
    name: 'ACCESS_TOKEN_TTL',
    group: 'Lifetimes',
    schema: duration('30s', '24h'),
    default: '10m',
    expected: `${DURATION}; from 30s to 24h`,
    example: '2m',
    does: 'Life of an access token, unless a client or resource says otherwise.',
  },
  {
    name: 'REFRESH_TOKEN_TTL',
    group: 'Lifetimes',
    schema: duration('1m', '365d'),
    default: '14d',
    expected: `${DURATION}; from 1m to 365d`,
    example: '30d',
    does: 'Life of a refresh token from its last use.',
  },
  {
    name: 'REFRESH_TOKEN_MAX_TTL',
    group: 'Lifetimes',
    schema: duration('1m', '3650d'),
    default: '90d',
    expected: `${DURATION}; at least REFRESH_TOKEN_TTL`,
    example: '180d',
    does: 'Life of a chain of refresh tokens from the sign-in, however often it is used.',
  },
  {
    name: 'REFRESH_REPLAY_WINDOW',
    group: 'Lifetimes',
    schema: duration('0', '60s'),
    default: '10s',
    expected: `${DURATION}; from 0 to 60s`,
    example: '0',
    does: 'How long a used refresh token presented again gets the same answer (a second tab, a lost response). 0 turns it off.',
  },
  {
    name: 'SESSION_TTL',
    group: 'Lifetimes',
    schema: duration('1m', '365d'),
    default: '14d',
    expected: `${DURATION}; from 1m to 365d`,
    example: '12h',
    does: 'Life of a browser session from the sign-in.',
  },
  {
    name: 'SESSION_IDLE_TTL',
    group: 'Lifetimes',
    schema: duration('1m', '365d'),
    otherwise: '1d, or SESSION_TTL if that is shorter',
    expected: `${DURATION}; at most SESSION_TTL`,
    example: '2h',
    does: 'How long a browser session lasts without use.',
  },
] as const satisfies readonly Setting[]
