import { duration, durationOrOff, oneOf, onOrOff, rate, roleNames } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const secondFactors = [
  {
    name: 'SECOND_FACTOR',
    schema: oneOf('optional', 'required'),
    default: 'optional',
    example: 'required',
    does: 'required: everyone needs a second factor to sign in; people without one are guided through setup. optional: people choose. A second factor that has been set up is always asked for.',
  },
  {
    name: 'SECOND_FACTOR_ROLES',
    schema: roleNames,
    default: 'superuser,admin',
    expected: 'role names, separated by commas, or none',
    example: 'superuser,admin,support',
    does: 'Roles that need a second factor, even where it is optional for others.',
  },
  {
    name: 'SECOND_FACTOR_GRACE',
    schema: duration('0', '365d'),
    default: '0',
    example: '14d',
    does: 'How long people who need a second factor can postpone setting one up.',
  },
  {
    name: 'TRUSTED_BROWSER_TTL',
    schema: duration('0', '365d'),
    default: '30d',
    example: '7d',
    does: 'How long a trusted browser is not asked for the second factor. 0 turns trusted browsers off.',
  },
  {
    name: 'FACTOR_RESET_DELAY',
    schema: durationOrOff('1h', '90d'),
    default: '3d',
    example: '7d',
    does: 'How long people who have lost all second factors wait for their removal, after proving ownership with their password and email. They are notified by email and can cancel it. off: only operators can remove second factors.',
  },
  {
    name: 'SECOND_FACTOR_LIMIT',
    schema: rate,
    default: '10/50m',
    example: '5/1h',
    does: 'Wrong codes allowed per account, in all sign-ins and from all IP addresses together; the allowance refills evenly over the duration. A browser that has signed in to the account before is counted separately.',
  },
  {
    name: 'PASSKEY_OFFER',
    schema: onOrOff,
    default: 'on',
    example: 'off',
    does: 'on: people who sign in with a password are occasionally offered a passkey, but never on the first day, and not for three months after declining.',
  },
] as const satisfies readonly Row[]
