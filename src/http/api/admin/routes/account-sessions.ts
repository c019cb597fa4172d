import { z } from 'zod'
import { NotFound } from '../../../../base/refusals.ts'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

const Session = z
  .object({
    key: z.string().meta({ description: 'Identifies the session.' }),
    device: z.string().meta({ description: '`Firefox on Linux`; empty if unknown.' }),
    ip: z.string().nullable(),
    signed_in_at: moment,
    last_seen_at: moment,
    expires_at: moment,
    impersonated_by: z
      .uuid()
      .nullable()
      .meta({ description: 'The ID of the administrator who acts as the person in it; null in every other session.' }),
    clients: z.array(z.string()).meta({ description: 'The `client_id` of each application that is used in it.' }),
  })
  .meta({ id: 'BrowserSession' })

const Grant = z
  .object({
    id: z.string(),
    client_id: z.string(),
    scope: z.string(),
    resources: z.record(z.string(), z.string()).meta({ description: 'Scopes by resource indicator.' }),
    since: moment,
    expires_at: moment,
  })
  .meta({ id: 'Grant' })

const Consent = z
  .object({
    client_id: z.string(),
    client_name: z.string(),
    scopes: z.array(z.string()),
    claims: z.array(z.string()),
    resources: z.record(z.string(), z.array(z.string())).meta({ description: 'Scopes by resource indicator.' }),
    given_at: moment,
  })
  .meta({ id: 'Consent' })

/** Where a person is signed in, and what applications may do for them. */
export const accountSessions = {
  listSessions: route({
    method: 'get',
    path: '/accounts/:account/sessions',
    permission: 'sessions:read',
    summary: 'The browsers in which a person is signed in, newest first',
    answer: z.object({ sessions: z.array(Session) }),
    async does({ app, account }) {
      const sessions = await app.sessions.of(account.id)
      return { sessions: sessions.map(each => json(each) as z.input<typeof Session>) }
    },
  }),

  revokeSession: route({
    method: 'delete',
    path: '/accounts/:account/sessions/:session',
    permission: 'sessions:revoke',
    summary: 'Sign a person out of one browser, and of the applications used from it',
    does: ({ app, by, account, params }) => app.sessions.revoke(account.id, params.session, { by }),
  }),

  revokeSessions: route({
    method: 'delete',
    path: '/accounts/:account/sessions',
    permission: 'sessions:revoke',
    summary: 'Sign a person out everywhere: all sessions and tokens end',
    does: ({ app, by, account }) => app.signOut.of(account, { by }),
  }),

  listGrants: route({
    method: 'get',
    path: '/accounts/:account/grants',
    permission: 'grants:read',
    summary: 'Which applications hold tokens for a person',
    answer: z.object({ grants: z.array(Grant) }),
    async does({ app, account }) {
      return { grants: (await app.grants.of(account.id)).map(each => json(each) as z.input<typeof Grant>) }
    },
  }),

  revokeGrant: route({
    method: 'delete',
    path: '/accounts/:account/grants/:grant',
    permission: 'grants:revoke',
    summary: 'End one grant: its refresh and access tokens stop working at once',
    async does({ app, by, account, params }) {
      await app.grants.revoke(account.id, { id: params.grant }, { by })
    },
  }),

  listConsents: route({
    method: 'get',
    path: '/accounts/:account/consents',
    permission: 'grants:read',
    summary: 'What a person has allowed applications, newest first',
    answer: z.object({ consents: z.array(Consent) }),
    async does({ app, account }) {
      const consents = await app.consents.of(account.id)
      return {
        consents: consents.map(({ client, scopes, claims, resources, givenAt }) => ({
          ...{ client_id: client.id, client_name: client.name, scopes, claims, resources },
          given_at: givenAt.toISOString(),
        })),
      }
    },
  }),

  revokeConsent: route({
    method: 'delete',
    path: '/accounts/:account/consents/:client',
    permission: 'grants:revoke',
    summary: 'End what a person has allowed an application, with its tokens; the person is asked again',
    async does({ app, by, account, params }) {
      const client = await app.clients.find(params.client)
      if (await app.consents.revoke(account.id, client.id, { by })) return
      throw new NotFound(`the person has given no consent to ${client.name}`)
    },
  }),
}
