import { DURATION, duration, flag, retentionRules } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const lifetimes = [
  {
    name: 'ACCESS_TOKEN_TTL',
    schema: duration('30s', '24h'),
    default: '10m',
    example: '2m',
    does: 'Lifetime of access tokens, unless set for a client or resource.',
  },
  {
    name: 'REFRESH_TOKEN_TTL',
    schema: duration('1m', '365d'),
    default: '14d',
    example: '30d',
    does: 'How long a refresh token is valid after its last use.',
  },
  {
    name: 'REFRESH_TOKEN_MAX_TTL',
    schema: duration('1m', '3650d'),
    default: '90d',
    expected: `${DURATION}; at least REFRESH_TOKEN_TTL`,
    example: '180d',
    does: 'Maximum lifetime of the refresh tokens of a sign-in, however often they are used.',
  },
  {
    name: 'REFRESH_REPLAY_WINDOW',
    schema: duration('0', '60s'),
    default: '10s',
    example: '0',
    does: 'How long a used refresh token returns the same response again, in case of a second tab or a lost response. 0 turns this off.',
  },
  {
    name: 'REVOKE_ON_REFRESH',
    schema: flag,
    default: 'false',
    example: 'true',
    does: 'true: a refresh revokes the access token that it replaces, unless the client is registered otherwise. Each refresh then writes to PostgreSQL.',
  },
  {
    name: 'SESSION_TTL',
    schema: duration('1m', '365d'),
    default: '14d',
    example: '12h',
    does: 'How long a session is valid after sign-in.',
  },
  {
    name: 'SESSION_IDLE_TTL',
    schema: duration('1m', '365d'),
    otherwise: '1d, or SESSION_TTL if that is shorter',
    expected: `${DURATION}; at most SESSION_TTL`,
    example: '2h',
    does: 'How long a session is valid after its last use.',
  },
  {
    name: 'AUDIT_RETENTION',
    schema: retentionRules,
    default: 'off',
    example: 'sign-in.=180d,session.=180d,client.removed=1095d',
    does: 'How long audit events are kept: kinds, groups (`sign-ins`) or prefixes with a dot, each with an age of at least 1d; the first that names a kind counts. Once a day, older events are deleted, which is recorded. off keeps all.',
  },
] as const satisfies readonly Row[]
