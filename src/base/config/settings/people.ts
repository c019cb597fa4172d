import { duration, oneOf, onOrOff } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const people = [
  {
    name: 'REGISTRATION',
    schema: oneOf('open', 'closed'),
    default: 'open',
    example: 'closed',
    does: 'open: people can register. closed: only operators create accounts.',
  },
  {
    name: 'EMAIL_VERIFICATION',
    schema: oneOf('required', 'off'),
    default: 'required',
    example: 'off',
    does: 'required: people must verify their email before they can sign in, and registration does not reveal whether an email has an account. off: people can sign in right after registration and verify later; registration reveals whether an email is taken.',
  },
  {
    name: 'SIGN_IN_BY_EMAIL',
    schema: onOrOff,
    default: 'off',
    example: 'on',
    does: 'on: people can sign in with a link or code sent by email instead of a password. Anyone who can read their email can then sign in as them, unless they have a second factor.',
  },
  {
    name: 'SIGN_IN_WITH_USERNAME',
    schema: onOrOff,
    default: 'off',
    example: 'on',
    does: 'on: people can enter their username instead of their email to sign in or to reset their password.',
  },
  {
    name: 'USERNAME_HOLD',
    schema: duration('0', '3650d'),
    default: '365d',
    example: '730d',
    does: 'How long a username stays reserved after its owner has changed it or the account was removed.',
  },
  {
    name: 'DELETION_GRACE',
    schema: duration('0', '365d'),
    default: '14d',
    example: '30d',
    does: 'How long after deleting their account people can keep it, by signing in or with the emailed link.',
  },
] as const satisfies readonly Row[]
