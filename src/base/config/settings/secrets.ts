import { MAKE_A_KEY, secretKeys } from '../parsers/secret-keys.ts'
import { argon2Parameters } from '../parsers/values.ts'
import type { Row } from '../setting.ts'

export const secrets = [
  {
    name: 'SECRET_KEYS',
    schema: secretKeys,
    otherwise: 'generated in DATA_DIR/secret-keys at first start; required in production and with DATABASE_URL',
    secret: 'whole',
    file: true,
    expected: `random keys of at least 32 characters, separated by commas, newest first; to generate one: ${MAKE_A_KEY}`,
    example: `<output of "${MAKE_A_KEY}">`,
    does: 'Keys that encrypt secrets in the database and protect cookies. To rotate, put a new key first and keep the old ones.',
  },
  {
    name: 'PASSWORD_HASHING',
    schema: argon2Parameters,
    default: 'm=19456,t=2,p=1',
    expected:
      'm=memory in KiB,t=passes,p=parallelism; m at least 8 times p, in production at least m=7168,t=5 or equivalent',
    example: 'm=47104,t=1,p=1',
    does: 'Cost of argon2id. After a change, each password is rehashed at the next sign-in.',
  },
] as const satisfies readonly Row[]
