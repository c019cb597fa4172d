import { z } from 'zod'
import { newRegistrationToken } from '../../../../clients/self-registration/registration-tokens.ts'
import { camelCase, snakeCased } from '../names.ts'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

const RegistrationToken = z
  .object({
    name: z.string(),
    max_uses: z.int(),
    used: z.int(),
    scopes: z.array(z.string()).nullable().meta({ description: 'Null for those that are open to all programs.' }),
    grant_types: z.array(z.string()),
    response_types: z.array(z.string()),
    redirect_hosts: z.array(z.string()).nullable().meta({ description: 'Null for any.' }),
    created_at: moment,
    expires_at: moment,
  })
  .meta({ id: 'RegistrationToken' })

/** The tokens with which programs register themselves (RFC 7591). */
export const registrationTokens = {
  listRegistrationTokens: route({
    method: 'get',
    path: '/registration-tokens',
    permission: 'clients:read',
    summary: 'The tokens with which programs can register themselves, without the tokens themselves',
    answer: z.object({ registration_tokens: z.array(RegistrationToken) }),
    async does({ app }) {
      const tokens = await app.registrationTokens.list()
      return { registration_tokens: tokens.map(each => RegistrationToken.parse(json(each.summary()))) }
    },
  }),

  addRegistrationToken: route({
    method: 'post',
    path: '/registration-tokens',
    permission: 'clients:write',
    summary: 'Create a token with which a program can register applications',
    description: 'The answer has the token, which cannot be read again. `expires` is in seconds.',
    body: z.strictObject(snakeCased(newRegistrationToken.shape)).meta({ title: 'NewRegistrationToken' }),
    answer: RegistrationToken.extend({ token: z.string() }).meta({ id: 'NewRegistrationTokenAnswer' }),
    refuses: [409],
    async does({ app, by, body }) {
      const { registrationToken, token } = await app.registrationTokens.add(camelCase(body), { by })
      return { ...RegistrationToken.parse(json(registrationToken.summary())), token }
    },
  }),

  revokeRegistrationToken: route({
    method: 'delete',
    path: '/registration-tokens/:token',
    permission: 'clients:write',
    summary: 'Revoke a registration token, by its name; applications that were registered with it stay',
    does: ({ app, by, params }) => app.registrationTokens.revoke(params.token, { by }),
  }),
}
